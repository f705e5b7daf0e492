"""Whole models in ``.keras`` files, weights in ``.weights.h5`` files."""

from __future__ import annotations

import contextlib
import datetime
import io
import json
import os
import warnings
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import h5py

from keras_front.core.registry import custom_object_scope
from keras_front.saving.atomic import replacing
from keras_front.saving.errors import ModelLoadError, shown
from keras_front.saving.objects import deserialize_keras_object, serialize_keras_object
from keras_front.saving.weights import read_weights, write_weights

#: The version of Keras whose format is written.
FORMAT_VERSION = "3.15.1"
_CONFIG, _METADATA, _WEIGHTS = "config.json", "metadata.json", "model.weights.h5"
_CONFIG_BYTES = 64 << 20


# ---------------------------------------------------------------- whole models


def save_model(model: Any, filepath: str | os.PathLike[str], overwrite: bool = True, **kwargs: Any) -> None:
    """Saves architecture, weights and training state to one ``.keras`` file, which Keras 3 reads too.

    The file is there whole or not at all; if saving fails, one that was there before is untouched.

    errors: ``ValueError`` for another ending or arguments that ``.keras`` files do not have; ``FileExistsError`` with
    ``overwrite=False`` if the file exists.

    >>> model = keras.Sequential([keras.Input((4,)), keras.layers.Dense(2)])
    >>> save_model(model, "model.keras")
    >>> load_model("model.keras").output_shape
    (None, 2)
    """
    path = Path(filepath)
    _refuse_options("`.keras` files", kwargs)
    if path.suffix != ".keras":
        raise ValueError(
            f"`filepath` must end in '.keras', got {str(path)!r}. For weights alone use `save_weights`"
        )
    _check_overwrite(path, overwrite)
    if not model.built:
        warnings.warn(
            f"model {model.name!r} is not built, so the file will hold no weights: call it on data first",
            stacklevel=3,
        )
    config = json.dumps(serialize_keras_object(model))
    date = datetime.datetime.now().strftime("%Y-%m-%d@%H:%M:%S")
    metadata = json.dumps({"keras_version": FORMAT_VERSION, "date_saved": date})
    with replacing(path) as file, zipfile.ZipFile(file, "w") as archive:
        archive.writestr(_METADATA, metadata)
        archive.writestr(_CONFIG, config)
        archive.writestr(_WEIGHTS, _weights_bytes(model))


def load_model(
    filepath: str | os.PathLike[str],
    custom_objects: dict[str, Any] | None = None,
    compile: bool = True,
    safe_mode: bool = True,
) -> Any:
    """The model of a ``.keras`` file, written here or by Keras 3.

    ``custom_objects``: names in the file and the classes and functions they stand for.  ``compile``: whether to restore loss,
    metrics and optimizer.

    errors: `ModelLoadError`, a ``ValueError``, with ``reason`` and ``member``, for a file that is damaged, holds code, names what is
    not known, or does not fit its own architecture.

    >>> load_model("nowhere.keras")
    Traceback (most recent call last):
    keras_front.saving.errors.ModelLoadError: there is no file 'nowhere.keras' [not-a-file: nowhere.keras]
    """
    path = _existing(filepath)
    with _opened(path) as archive, custom_object_scope(custom_objects or {}):
        config = _json_member(archive, _CONFIG)
        if not compile and isinstance(config, dict):
            config.pop("compile_config", None)
        model = deserialize_keras_object(config, custom_objects, safe_mode=safe_mode, member=_CONFIG)
        if getattr(model, "_tracked_as", None) != "layer":
            raise ModelLoadError(
                "wrong-kind", _CONFIG, f"the file holds a {type(model).__name__}, where a model is expected"
            )
        with _weights_member(archive) as file:
            read_weights(model, file, _WEIGHTS)
    return model


# ---------------------------------------------------------------- weights alone


def save_weights(model: Any, filepath: str | os.PathLike[str], overwrite: bool = True, **kwargs: Any) -> None:
    """Saves the weights, and the optimizer's state if there is one, to a ``.weights.h5`` file, which Keras 3 reads too.

    errors: ``ValueError`` for another ending; ``FileExistsError`` with ``overwrite=False`` if the file exists.

    >>> model = keras.Sequential([keras.Input((4,)), keras.layers.Dense(2)])
    >>> save_weights(model, "model.weights.h5")
    >>> load_weights(model, "model.weights.h5")
    """
    _refuse_options("`.weights.h5` files", kwargs)
    path = Path(filepath)
    if not path.name.endswith(".weights.h5"):
        raise ValueError(f"`filepath` must end in '.weights.h5', got {str(path)!r}")
    _check_overwrite(path, overwrite)
    with replacing(path) as file:
        file.write(_weights_bytes(model))


def load_weights(
    model: Any, filepath: str | os.PathLike[str], skip_mismatch: bool = False, **kwargs: Any
) -> None:
    """Loads the weights of a ``.weights.h5`` or ``.keras`` file into a model of the same architecture.

    ``skip_mismatch``: leave layers whose weights do not fit as they are, with a warning.

    errors: `ModelLoadError`, a ``ValueError``, if the weights do not fit; nothing is changed then.

    >>> model = keras.Sequential([keras.Input((1,)), keras.layers.Dense(1, kernel_initializer="ones")])
    >>> save_weights(model, "ones.weights.h5")
    >>> model.set_weights([[[5.0]], [5.0]])
    >>> load_weights(model, "ones.weights.h5")
    >>> [float(w.item()) for w in model.get_weights()]
    [1.0, 0.0]
    """
    _refuse_options("`.weights.h5` and `.keras` files", kwargs)
    path = _existing(filepath)
    if path.suffix == ".keras":
        with _opened(path) as archive, _weights_member(archive) as file:
            read_weights(model, file, _WEIGHTS, skip_mismatch)
        return
    with _hdf5(path, path.name) as file:
        read_weights(model, file, path.name, skip_mismatch)


# ---------------------------------------------------------------- parts


def _refuse_options(files: str, options: dict[str, Any]) -> None:
    """An option that would be passed over in silence is refused."""
    if options:
        raise ValueError(f"{files} do not take the argument(s) {', '.join(map(repr, options))}")


def _check_overwrite(path: Path, overwrite: bool) -> None:
    if path.exists() and not overwrite:
        raise FileExistsError(f"{path} exists; pass overwrite=True to replace it")


def _weights_bytes(model: Any) -> memoryview:
    buffer = io.BytesIO()
    with h5py.File(buffer, "w") as file:
        write_weights(model, file)
    return buffer.getbuffer()


def _existing(filepath: str | os.PathLike[str]) -> Path:
    path = Path(filepath)
    if not path.exists():
        raise ModelLoadError("not-a-file", str(path), f"there is no file {str(path)!r}")
    if not path.is_file():
        raise ModelLoadError("not-a-file", str(path), f"{str(path)!r} is not a file")
    return path


@contextlib.contextmanager
def _opened(path: Path) -> Iterator[zipfile.ZipFile]:
    try:
        with zipfile.ZipFile(path) as archive:
            yield archive
    except (zipfile.BadZipFile, EOFError, NotImplementedError) as error:
        raise ModelLoadError(
            "damaged", path.name, f"the file is not a whole `.keras` archive: {error}"
        ) from error


def _json_member(archive: zipfile.ZipFile, name: str) -> Any:
    info = _member(archive, name)
    if info.file_size > _CONFIG_BYTES:
        raise ModelLoadError(
            "too-large", name, f"{name} may have {_CONFIG_BYTES:,} bytes, this one has {info.file_size:,}"
        )
    try:
        return json.loads(archive.read(info))
    except (ValueError, RecursionError) as error:
        raise ModelLoadError("bad-json", name, f"{name} is not valid JSON: {shown(error)}") from error


def _member(archive: zipfile.ZipFile, name: str) -> zipfile.ZipInfo:
    found = [info for info in archive.infolist() if info.filename == name]
    if not found:
        raise ModelLoadError("missing-member", name, f"the archive has no member {name}")
    if len(found) > 1:
        raise ModelLoadError("duplicate-member", name, f"the archive has {len(found)} members called {name}")
    return found[0]


@contextlib.contextmanager
def _weights_member(archive: zipfile.ZipFile) -> Iterator[h5py.File]:
    with archive.open(_member(archive, _WEIGHTS)) as member, _hdf5(member, _WEIGHTS) as file:
        yield file


@contextlib.contextmanager
def _hdf5(source: Any, name: str) -> Iterator[h5py.File]:
    try:
        file = h5py.File(source, "r")
    except OSError as error:
        raise ModelLoadError("damaged", name, f"{name} is not a whole HDF5 file") from error
    with file:
        yield file
