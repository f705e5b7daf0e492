"""Files: written here and read by real Keras, the reverse, and what happens when something goes wrong."""

from __future__ import annotations

import json
import zipfile
from pathlib import Path
from typing import Any

import h5py
import numpy as np
import pytest

import keras_front as keras
from keras_front import layers
from keras_front.saving import ModelLoadError

from .models import image_data, image_model, table_data


def _trained(keras: Any) -> Any:
    x, y = image_data(40)
    model = image_model(keras)
    model.compile("adam", "sparse_categorical_crossentropy", metrics=["accuracy"])
    model.fit(x, y, verbose=0)
    return model


def _graph(keras: Any) -> Any:
    """Two inputs, operations between layers, a shared layer, two outputs."""
    shared = keras.layers.Dense(4, activation="tanh", name="shared")
    a, b = keras.Input((5,), name="a"), keras.Input((5,), name="b")
    h = shared(a) * 2.0 + shared(b)
    h = keras.ops.relu(h - 0.1)
    return keras.Model(
        [a, b], [keras.layers.Dense(1, name="p")(h), keras.ops.softmax(h, axis=-1)], name="graph"
    )


@pytest.fixture(params=["images", "graph"])
def case(request: pytest.FixtureRequest) -> tuple[Any, Any]:
    """A function that makes the model with ours or the real Keras, and inputs for it."""
    if request.param == "images":
        return _trained, image_data(6)[0]
    x, _ = table_data(6)
    return _graph, [x, x[::-1].copy()]


def _predict(model: Any, x: Any) -> list[np.ndarray]:
    outputs = model.predict(x, verbose=0)
    return list(outputs) if isinstance(outputs, (list, tuple)) else [outputs]


def _same(ours: Any, theirs: Any, x: Any) -> None:
    for a, b in zip(_predict(ours, x), _predict(theirs, x), strict=True):
        np.testing.assert_allclose(a, b, rtol=1e-5, atol=1e-6)


def test_round_trip(case: tuple[Any, Any], tmp_path: Path) -> None:
    make, x = case
    model = make(keras)
    model.save(tmp_path / "m.keras")
    loaded = keras.saving.load_model(tmp_path / "m.keras")
    _same(model, loaded, x)
    assert loaded.get_config() == model.get_config()
    assert loaded.compiled == model.compiled


def test_keras_reads_ours(case: tuple[Any, Any], tmp_path: Path) -> None:
    from .oracle import keras as real

    make, x = case
    model = make(keras)
    model.save(tmp_path / "m.keras")
    loaded = real.saving.load_model(tmp_path / "m.keras")
    _same(model, loaded, x)
    if model.compiled:
        for ours, theirs in zip(model.optimizer.variables, loaded.optimizer.variables, strict=True):
            np.testing.assert_allclose(ours.numpy(), np.asarray(theirs), rtol=1e-6)
    model.save_weights(tmp_path / "m.weights.h5")
    fresh = make(real)
    fresh.load_weights(tmp_path / "m.weights.h5")
    _same(model, fresh, x)


def test_we_read_keras(case: tuple[Any, Any], tmp_path: Path) -> None:
    from .oracle import keras as real

    make, x = case
    model = make(real)
    model.save(tmp_path / "m.keras")
    loaded = keras.saving.load_model(tmp_path / "m.keras")
    _same(loaded, model, x)
    if model.compiled:
        for ours, theirs in zip(loaded.optimizer.variables, model.optimizer.variables, strict=True):
            np.testing.assert_allclose(ours.numpy(), np.asarray(theirs), rtol=1e-6)
    model.save_weights(tmp_path / "m.weights.h5")
    fresh = make(keras)
    fresh.load_weights(tmp_path / "m.weights.h5")
    _same(fresh, model, x)


def test_training_goes_on_where_it_stopped(tmp_path: Path) -> None:
    x, y = image_data(40)
    model = _trained(keras)
    model.save(tmp_path / "m.keras")
    loaded = keras.saving.load_model(tmp_path / "m.keras")
    for each in (model, loaded):
        each.fit(x, y, epochs=2, shuffle=False, verbose=0)
    for a, b in zip(model.get_weights(), loaded.get_weights(), strict=True):
        np.testing.assert_array_equal(a, b)


@keras.saving.register_keras_serializable(package="conformance")
class Scale(layers.Layer):
    """A user's layer without ``get_config``."""

    def __init__(self, factor: float = 2.0, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.factor = factor

    def build(self, input_shape: Any) -> None:
        self.kernel = self.add_weight(shape=(input_shape[-1],), initializer="ones", name="kernel")

    def call(self, inputs: Any) -> Any:
        return inputs * self.kernel * self.factor


def subclass(keras: Any) -> Any:
    """A user's model class, of ours or of the real Keras, with layers in lists, dicts and private attributes."""

    @keras.saving.register_keras_serializable(package="conformance")
    class Subclass(keras.Model):
        def __init__(self, units: int = 3, **kwargs: Any) -> None:
            super().__init__(**kwargs)
            self.units = units
            self.blocks = [
                keras.layers.Dense(units),
                keras.layers.BatchNormalization(),
                [keras.layers.Dense(units)],
            ]
            self.named = {"one": keras.layers.Dense(units)}
            self._private = keras.layers.Dense(1)

        def call(self, inputs: Any) -> Any:
            x = self.blocks[2][0](self.blocks[1](self.blocks[0](inputs)))
            return self._private(keras.ops.relu(self.named["one"](x)))

    return Subclass


def test_user_classes(tmp_path: Path) -> None:
    x, _ = table_data(6)
    model = subclass(keras)(units=4)
    model(x)
    model.save(tmp_path / "m.keras")
    loaded = keras.saving.load_model(tmp_path / "m.keras")
    assert loaded.units == 4
    _same(model, loaded, x)
    sequential = keras.Sequential([keras.Input((5,)), Scale(0.5), layers.Dense(2)])
    sequential.save(tmp_path / "s.keras")
    _same(sequential, keras.saving.load_model(tmp_path / "s.keras"), x)


def test_subclass_weights_go_both_ways(tmp_path: Path) -> None:
    """The groups in the file are those that real Keras writes for the same attributes."""
    from .oracle import keras as real

    x, _ = table_data(6)
    ours, theirs = subclass(keras)(units=4), subclass(real)(units=4)
    ours(x), theirs(x)
    ours.save_weights(tmp_path / "ours.weights.h5")
    theirs.save_weights(tmp_path / "theirs.weights.h5")
    with h5py.File(tmp_path / "ours.weights.h5") as a, h5py.File(tmp_path / "theirs.weights.h5") as b:
        groups: list[list[str]] = [[], []]
        for file, found in zip((a, b), groups, strict=True):
            file.visit(found.append)
        assert sorted(groups[0]) == sorted(groups[1])
    fresh = subclass(keras)(units=4)
    fresh(x)
    fresh.load_weights(tmp_path / "theirs.weights.h5")
    _same(fresh, theirs, x)
    theirs.load_weights(tmp_path / "ours.weights.h5")
    _same(ours, theirs, x)


def test_mismatching_weights_change_nothing(tmp_path: Path) -> None:
    small = keras.Sequential(
        [keras.Input((5,)), layers.Dense(4, name="a"), layers.Dense(2, name="b")], name="m"
    )
    wide = keras.Sequential(
        [keras.Input((5,)), layers.Dense(4, name="a"), layers.Dense(3, name="b")], name="m"
    )
    short = keras.Sequential([keras.Input((5,)), layers.Dense(4, name="a")], name="m")
    wide.save_weights(tmp_path / "wide.weights.h5")
    short.save_weights(tmp_path / "short.weights.h5")
    before = small.get_weights()
    with pytest.raises(
        ModelLoadError,
        match=r"layer 'b': weight 'm/b/kernel' has shape \(4, 2\), but the file holds shape \(4, 3\)",
    ) as caught:
        small.load_weights(tmp_path / "wide.weights.h5")
    assert caught.value.reason == "shape-mismatch"
    assert caught.value.member == "wide.weights.h5:layers/dense_1/vars/0"
    with pytest.raises(
        ModelLoadError, match="layer 'b' has 2 variables, but the file holds none for it"
    ) as caught:
        small.load_weights(tmp_path / "short.weights.h5")
    assert caught.value.reason == "missing-variable"
    for a, b in zip(before, small.get_weights(), strict=True):
        np.testing.assert_array_equal(a, b)
    with pytest.warns(UserWarning, match="skipped: layer 'b'"):
        small.load_weights(tmp_path / "wide.weights.h5", skip_mismatch=True)
    np.testing.assert_array_equal(small.get_weights()[0], wide.get_weights()[0])
    np.testing.assert_array_equal(small.get_weights()[2], before[2])


def test_interrupted_save_keeps_the_old_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    model = image_model(keras)
    path = tmp_path / "m.keras"
    model.save(path)
    old = path.read_bytes()

    def fail(*args: Any, **kwargs: Any) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(layers.Dense, "save_own_variables", fail)
    with pytest.raises(OSError, match="No space left") as caught:
        model.save(path)
    assert "the file that was there before is untouched" in caught.value.__notes__[0]
    assert path.read_bytes() == old
    assert [p.name for p in tmp_path.iterdir()] == ["m.keras"]
    monkeypatch.undo()
    model.save(path)
    keras.saving.load_model(path)


def test_stray_files_of_a_killed_process_are_removed(tmp_path: Path) -> None:
    stray = tmp_path / ".m.keras.saving-999999999-abcd"
    stray.write_bytes(b"half")
    image_model(keras).save(tmp_path / "m.keras")
    assert [p.name for p in tmp_path.iterdir()] == ["m.keras"]


def _rewritten(source: Path, target: Path, **members: bytes | None) -> Path:
    with zipfile.ZipFile(source) as old, zipfile.ZipFile(target, "w") as new:
        for name in old.namelist():
            data = members.get(name.replace(".", "_"), old.read(name))
            if data is not None:
                new.writestr(name, data)
    return target


def _lambda_config(config: dict[str, Any]) -> None:
    code = {"class_name": "__lambda__", "config": {"code": "4wAA", "defaults": None, "closure": None}}
    config["config"]["layers"][1]["config"]["activation"] = code


def _foreign_config(config: dict[str, Any]) -> None:
    config["config"]["layers"][1] = {
        "module": "os", "class_name": "function", "config": "system", "registered_name": "system"
    }  # fmt: skip


def _wrong_kind(config: dict[str, Any]) -> None:
    config["config"]["layers"][1] = {
        "module": "keras.optimizers", "class_name": "Adam", "config": {}, "registered_name": None
    }  # fmt: skip


@pytest.mark.parametrize(
    ("reason", "edit"),
    [("code-in-file", _lambda_config), ("unknown-object", _foreign_config), ("wrong-kind", _wrong_kind)],
)
def test_hostile_configurations_are_refused(reason: str, edit: Any, tmp_path: Path) -> None:
    image_model(keras).save(tmp_path / "m.keras")
    with zipfile.ZipFile(tmp_path / "m.keras") as archive:
        config = json.loads(archive.read("config.json"))
    edit(config)
    path = _rewritten(tmp_path / "m.keras", tmp_path / "bad.keras", config_json=json.dumps(config).encode())
    with pytest.raises(ModelLoadError) as caught:
        keras.saving.load_model(path)
    assert caught.value.reason == reason
    keras.saving.load_model(tmp_path / "m.keras")


@pytest.mark.parametrize(
    ("reason", "members"),
    [
        ("bad-json", {"config_json": b"{"}),
        ("missing-member", {"config_json": None}),
        ("missing-member", {"model_weights_h5": None}),
        ("damaged", {"model_weights_h5": b"not hdf5"}),
    ],
)
def test_damaged_files_are_told(reason: str, members: dict[str, Any], tmp_path: Path) -> None:
    image_model(keras).save(tmp_path / "m.keras")
    path = _rewritten(tmp_path / "m.keras", tmp_path / "bad.keras", **members)
    with pytest.raises(ModelLoadError) as caught:
        keras.saving.load_model(path)
    assert caught.value.reason == reason


def test_not_a_file(tmp_path: Path) -> None:
    with pytest.raises(ModelLoadError, match="there is no file") as caught:
        keras.saving.load_model(tmp_path / "none.keras")
    assert caught.value.reason == "not-a-file"
    (tmp_path / "text.keras").write_text("hello")
    with pytest.raises(ModelLoadError) as caught:
        keras.saving.load_model(tmp_path / "text.keras")
    assert caught.value.reason == "damaged"
    with pytest.raises(ValueError, match=r"`filepath` must end in '\.keras'"):
        image_model(keras).save(tmp_path / "m.txt")


def test_options_are_not_passed_over(tmp_path: Path) -> None:
    model = image_model(keras)
    model.save_weights(tmp_path / "m.weights.h5")
    with pytest.raises(ValueError, match=r"do not take the argument\(s\) 'by_name'"):
        model.load_weights(tmp_path / "m.weights.h5", by_name=True)
    with pytest.raises(ValueError, match=r"do not take the argument\(s\) 'max_shard_size'"):
        model.save_weights(tmp_path / "n.weights.h5", max_shard_size=1)
    with pytest.raises(ValueError, match=r"do not take the argument\(s\) 'save_format'"):
        model.save(tmp_path / "m.keras", save_format="h5")


def test_compile_can_be_left_out(tmp_path: Path) -> None:
    model = _trained(keras)
    model.save(tmp_path / "m.keras")
    assert not keras.saving.load_model(tmp_path / "m.keras", compile=False).compiled
