"""Arrays as training data: checked, converted once, handed out batch by batch."""

from __future__ import annotations

import functools
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from keras_front.core import settings
from keras_front.core.convert import available, host_dtype, is_tensor_like, to_host_array
from keras_front.core.dispatch import F, backend
from keras_front.protocol.dtypes import FLOATING
from keras_front.protocol.tree import flatten, unflatten

#: Arrays up to so many bytes are placed on the device whole; larger ones go there batch by batch.
DEVICE_BYTES = 1 << 30


@dataclass
class ArrayData:
    """Inputs, targets and weights of one length, as flat lists of tensors.

    ``leaves``: the tensors; ``structure``: how they make up ``x``, ``(x, y)`` or
    ``(x, y, sample_weight)``.
    """

    leaves: list[Any]
    structure: Any
    rows: int
    batch_size: int
    on_device: bool = field(default=True)

    @functools.cached_property
    def key(self) -> str:
        """The structure as text: data of one key can be taken apart by one program."""
        return repr(self.structure)

    @property
    def steps(self) -> int:
        """The number of batches in one pass, the last one smaller if need be."""
        return -(-self.rows // self.batch_size)

    def assemble(self, leaves: list[Any]) -> Any:
        """``(x, y, sample_weight)`` of leaves in their places."""
        return unflatten(self.structure, leaves)

    def rows_between(self, start: int, stop: int) -> Any:
        """The batch of the rows ``start ... stop - 1``."""
        return self.assemble([_rows(leaf, start, stop) for leaf in self.leaves])

    def rows_at(self, indices: np.ndarray) -> Any:
        """The batch of the rows of the given indices, gathered on the host."""
        return self.assemble([F.from_host(np.take(leaf, indices, axis=0)) for leaf in self.leaves])

    def batches(self) -> Iterator[tuple[int, int]]:
        """First row and end of each batch."""
        for start in range(0, self.rows, self.batch_size):
            yield start, min(start + self.batch_size, self.rows)


def _rows(leaf: Any, start: int, stop: int) -> Any:
    if isinstance(leaf, np.ndarray):
        part = leaf[start:stop]
        return part if backend.is_tensor(part) else F.from_host(part)
    rest = tuple(leaf.shape[1:])
    zeros, ones = (0,) * len(rest), (1,) * (len(rest) + 1)
    return F.slice(leaf, (start, *zeros), (stop, *rest), ones)


def array_data(x: Any, y: Any = None, sample_weight: Any = None, batch_size: int | None = None) -> ArrayData:
    """The data of arrays, or of nested lists, tuples and dicts of arrays.

    errors: ``ValueError`` for arrays of different lengths or a batch size below 1; ``TypeError`` for what is no array.
    """
    batch_size = 32 if batch_size is None else batch_size
    if isinstance(batch_size, bool) or not hasattr(batch_size, "__index__") or int(batch_size) < 1:
        raise ValueError(f"`batch_size` must be an integer of at least 1, got {batch_size!r}")
    named = [
        ("x", _arrays("x", x)),
        ("y", _arrays("y", y)),
        ("sample_weight", _arrays("sample_weight", sample_weight)),
    ]
    flat, structure = flatten(_packed(*(value for _, value in named)))
    if len({leaf.shape[0] for leaf in flat}) > 1:
        lengths = {
            name: sorted({leaf.shape[0] for leaf in flatten(value)[0]})
            for name, value in named
            if value is not None
        }
        text = ", ".join(f"`{name}`: {' and '.join(map(str, found))}" for name, found in lengths.items())
        raise ValueError(f"all arrays must have the same number of rows, got {text}")
    on_device = sum(getattr(leaf, "nbytes", 0) for leaf in flat) <= DEVICE_BYTES
    leaves = [_place(leaf, on_device) for leaf in flat]
    return ArrayData(leaves, structure, flat[0].shape[0], int(batch_size), on_device)


def _packed(x: Any, y: Any, sample_weight: Any) -> Any:
    """What a step is given: ``x``, ``(x, y)`` or ``(x, y, sample_weight)``, so that it can be unpacked by what there is."""
    if sample_weight is not None:
        return x, y, sample_weight
    if y is not None:
        return x, y
    return (x,) if isinstance(x, (tuple, list)) else x


def _arrays(name: str, tree: Any) -> Any:
    """A tree of arrays with at least one axis, floating ones in ``floatx()``."""
    if tree is None:
        return None
    if isinstance(tree, dict):
        return {key: _arrays(f"{name}[{key!r}]", value) for key, value in tree.items()}
    if isinstance(tree, (list, tuple)) and any(
        hasattr(item, "shape") or isinstance(item, dict) for item in tree
    ):
        return type(tree)(_arrays(f"{name}[{i}]", item) for i, item in enumerate(tree))
    if is_tensor_like(tree) and not isinstance(tree, (np.ndarray, np.generic)):
        array = tree
    else:
        try:
            array = to_host_array(tree)
        except TypeError as error:
            raise TypeError(
                f"`{name}` must be an array of numbers, or a nested list, tuple or dict of such arrays: {error}"
            ) from None
    if not len(array.shape):
        raise ValueError(f"`{name}` must have a first axis of rows, got a single value, {tree!r:.80}")
    if array.shape[0] == 0:
        raise ValueError(f"`{name}` must have at least one row, got shape {tuple(array.shape)}")
    if isinstance(array, np.ndarray):
        dtype = host_dtype(array)
        wanted = settings.floatx() if dtype in FLOATING else available(dtype)
        return array if wanted == dtype else array.astype(_numpy_dtype(wanted))
    return array


def _numpy_dtype(name: str) -> Any:
    if name == "bfloat16":
        import ml_dtypes

        return ml_dtypes.bfloat16
    return name


def _place(leaf: Any, on_device: bool) -> Any:
    """A leaf where the steps take their rows from: on the device, or on the host if it is too large."""
    if not isinstance(leaf, np.ndarray) or not on_device:
        return leaf
    return F.share_host(leaf)


def split_data(
    x: Any, y: Any, sample_weight: Any, validation_split: float
) -> tuple[tuple[Any, Any, Any], tuple[Any, Any, Any]]:
    """The data without its last share of rows, and that share.

    errors: ``ValueError`` for a share outside 0 ... 1, or one that leaves no row on a side.
    """
    if not 0 < validation_split < 1:
        raise ValueError(f"`validation_split` must be above 0 and below 1, got {validation_split!r}")
    trees = [_arrays(name, tree) for name, tree in (("x", x), ("y", y), ("sample_weight", sample_weight))]
    rows = flatten(trees)[0][0].shape[0]
    cut = int(np.floor(rows * (1 - validation_split)))
    if cut == 0 or cut == rows:
        raise ValueError(
            f"`validation_split={validation_split}` of {rows} rows leaves {cut} for training and {rows - cut} for "
            "validation: both need at least one"
        )

    def part(start: int, stop: int) -> tuple[Any, Any, Any]:
        cut_trees = []
        for tree in trees:
            leaves, structure = flatten(tree)
            cut_trees.append(unflatten(structure, [_rows(leaf, start, stop) for leaf in leaves]))
        return cut_trees[0], cut_trees[1], cut_trees[2]

    return part(0, cut), part(cut, rows)


def unpack(data: Any) -> tuple[Any, Any, Any]:
    """``(x, y, sample_weight)`` of a batch given as ``x``, ``(x,)``, ``(x, y)`` or ``(x, y, sample_weight)``.

    errors: ``ValueError`` for a longer tuple.
    """
    if not isinstance(data, (tuple, list)):
        return data, None, None
    if len(data) > 3 or not data:
        raise ValueError(f"a batch is x, (x, y) or (x, y, sample_weight), got {len(data)} parts")
    x, y, sample_weight = (*data, None, None)[:3]
    return x, y, sample_weight
