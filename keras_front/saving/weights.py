"""Weights in HDF5, in Keras 3's layout: one group a layer, ``vars/0``, ``vars/1``, ... in it.

The path of a layer is that of its attributes: ``layers/<class name>`` for the layers of a model, ``<attribute>`` or
``<attribute>/<class name>`` for those of a subclass; repeated class names get ``_1``, ``_2``, ...
"""

from __future__ import annotations

import importlib.util
import warnings
from collections.abc import Iterator
from typing import Any

import h5py
import numpy as np

from keras_front.core.layer import Layer
from keras_front.core.naming import to_snake_case
from keras_front.core.variable import Variable
from keras_front.models.functional import Functional
from keras_front.models.model import Model
from keras_front.models.sequential import Sequential
from keras_front.saving.errors import ModelLoadError, shown

_SKIPPED = frozenset(vars(Layer(name="reference"))) | {
    "_functional", "_operations", "_layers", "optimizer", "loss", "history", "_loss_tracker", "_compile_loss",
    "_compile_metrics", "_compile_arguments", "_steps",
}  # fmt: skip


def saveables(root: Any) -> Iterator[tuple[str, Any]]:
    """Every object below ``root`` with variables to save, with its path; each once."""
    visited: set[int] = set()
    waiting: list[tuple[str, Any]] = [("", root)]
    while waiting:
        path, obj = waiting.pop()
        if id(obj) in visited:
            continue
        visited.add(id(obj))
        yield path, obj
        below: list[tuple[str, Any]] = []
        if isinstance(obj, Layer):
            for name, value in _attributes(obj):
                inner = f"{path}/{name}" if path else name
                if _is_saveable(value):
                    below.append((inner, value))
                elif isinstance(value, (list, dict, tuple)):
                    below.extend(_in_container(inner, value))
        waiting.extend(reversed(below))


def _is_saveable(value: Any) -> bool:
    return isinstance(value, Layer) or getattr(type(value), "_tracked_as", None) == "optimizer"


def _attributes(owner: Layer) -> Iterator[tuple[str, Any]]:
    """Attributes in the order of the format: a model's layers first or in their place, private names last."""
    found = {name: value for name, value in vars(owner).items() if name not in _SKIPPED}
    if isinstance(owner, Functional):
        yield "layers", list(owner._layers)
    elif isinstance(owner, Sequential):
        yield "layers", list(owner.layers)
    elif isinstance(owner, Model):
        found["layers"] = owner.layers
    if isinstance(owner, Model) and owner.optimizer is not None:
        found["optimizer"] = owner.optimizer
    for name in sorted(found, key=lambda n: f"~{n}" if n.startswith("_") else n):
        yield name, found[name]


def _in_container(path: str, container: Any) -> Iterator[tuple[str, Any]]:
    used: dict[str, int] = {}
    for item in container.values() if isinstance(container, dict) else container:
        if _is_saveable(item):
            yield f"{path}/{_numbered(to_snake_case(type(item).__name__), used)}", item
        elif isinstance(item, (list, dict, tuple)) and any(True for _ in _in_container("", item)):
            yield from _in_container(f"{path}/{_numbered('container', used)}", item)


def _numbered(name: str, used: dict[str, int]) -> str:
    if name in used:
        used[name] += 1
        return f"{name}_{used[name]}"
    used[name] = 0
    return name


# ---------------------------------------------------------------- writing


def write_weights(model: Any, file: h5py.File) -> None:
    """Writes the variables of a model, its optimizer's among them."""
    for path, obj in saveables(model):
        group = file.create_group(f"{path}/vars" if path else "vars")
        group.attrs["name"] = str(obj.name)
        store: dict[str, Any] = {}
        obj.save_own_variables(store)
        for key, value in store.items():
            array = np.asarray(value)
            if array.dtype.name == "bfloat16":
                # HDF5 has no such type: the bits are stored, and named.
                group.create_dataset(key, data=array.view(np.uint16)).attrs["dtype"] = "bfloat16"
            else:
                group.create_dataset(key, data=array)


# ---------------------------------------------------------------- reading


def read_weights(model: Any, file: h5py.File, member: str, skip_mismatch: bool = False) -> None:
    """Reads the variables of a model.  Everything is compared before anything is changed.

    errors: `ModelLoadError` for missing or surplus variables, or other shapes.
    """
    pairs: list[tuple[Variable, Any]] = []
    stores: list[tuple[Any, dict[str, Any]]] = []
    for path, obj in saveables(model):
        inner = f"{path}/vars" if path else "vars"
        group = file.get(inner) if inner in file else None
        store = (
            {key: _dataset(group, key, f"{member}:{inner}") for key in group}
            if isinstance(group, h5py.Group)
            else {}
        )
        if getattr(type(obj), "load_own_variables", None) is not Layer.load_own_variables:
            if store or getattr(obj, "built", True):
                stores.append((obj, store))
            continue
        try:
            pairs.extend(_matched(obj, store, f"{member}:{inner}", file, path))
        except ModelLoadError as error:
            if not skip_mismatch:
                raise
            warnings.warn(f"skipped: {error}", UserWarning, stacklevel=4)
    for obj, store in stores:
        _check_optimizer(obj, store, member)
    for variable, dataset in pairs:
        variable.assign(_array(dataset))
    for obj, store in stores:
        if store:
            obj.load_own_variables({key: _array(dataset) for key, dataset in store.items()})


def _check_optimizer(obj: Any, store: dict[str, Any], member: str) -> None:
    if getattr(obj, "_tracked_as", None) != "optimizer" or not store:
        return
    own = obj.variables
    if len(own) != len(store):
        return
    for i, variable in enumerate(own):
        found = store.get(str(i))
        if found is None or tuple(found.shape) != variable.shape:
            raise ModelLoadError(
                "shape-mismatch", f"{member}:optimizer/vars/{i}",
                f"optimizer variable {variable.path!r} has shape {variable.shape}, the file holds "
                f"{tuple(found.shape) if found is not None else 'nothing'}",
            )  # fmt: skip


def _matched(
    obj: Layer, store: dict[str, Any], member: str, file: h5py.File, path: str
) -> list[tuple[Variable, Any]]:
    own = obj._own_variables()
    if own and not store:
        raise ModelLoadError(
            "missing-variable", member,
            f"layer {obj.name!r} has {len(own)} variables, but the file holds none for it. Is it the file of another model?",
        )  # fmt: skip
    if not obj.built and store:
        raise ModelLoadError(
            "surplus-variable", member,
            f"layer {obj.name!r} is not built yet, so it has no variables for the {len(store)} stored ones: call the model on "
            "data, or `build` it, before loading weights",
        )  # fmt: skip
    if len(own) != len(store):
        raise ModelLoadError(
            "missing-variable" if len(store) < len(own) else "surplus-variable", member,
            f"layer {obj.name!r} has {len(own)} variables, but the file holds {len(store)} for it",
        )  # fmt: skip
    pairs = []
    for i, variable in enumerate(own):
        dataset = store.get(str(i))
        if dataset is None:
            raise ModelLoadError(
                "missing-variable", f"{member}/{i}", f"layer {obj.name!r}: variable {i} is not in the file"
            )
        if tuple(dataset.shape) != variable.shape:
            raise ModelLoadError(
                "shape-mismatch", f"{member}/{i}",
                f"layer {obj.name!r}: weight {variable.path!r} has shape {variable.shape}, but the file holds shape "
                f"{tuple(dataset.shape)}",
            )  # fmt: skip
        pairs.append((variable, dataset))
    return pairs


def _dataset(group: h5py.Group, key: str, member: str) -> h5py.Dataset:
    """A dataset that holds its own numbers: no links, no external storage, no objects."""
    link = group.get(key, getlink=True)
    if not isinstance(link, h5py.HardLink):
        raise ModelLoadError(
            "external-data",
            f"{member}/{key}",
            "the file points outside of itself; weights must be stored in it",
        )
    dataset = group[key]
    if not isinstance(dataset, h5py.Dataset):
        raise ModelLoadError("damaged", f"{member}/{key}", "expected an array, found a group")
    if dataset.external or dataset.is_virtual:
        raise ModelLoadError(
            "external-data",
            f"{member}/{key}",
            "the file points outside of itself; weights must be stored in it",
        )
    if dataset.dtype.kind not in "biuf":
        raise ModelLoadError(
            "bad-dtype", f"{member}/{key}", f"weights are numbers, got dtype {shown(dataset.dtype)}"
        )
    return dataset


def _array(dataset: h5py.Dataset) -> np.ndarray:
    array = dataset[()]
    if dataset.attrs.get("dtype") == "bfloat16":
        if importlib.util.find_spec("ml_dtypes") is None:
            raise ImportError("weights in bfloat16 need the package 'ml_dtypes': pip install ml_dtypes")
        import ml_dtypes

        return np.asarray(array, dtype=np.uint16).view(ml_dtypes.bfloat16)
    return np.asarray(array)
