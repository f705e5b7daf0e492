"""The check of a function's values: each call of its row, on the backend and by the exact formula."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from keras_front.protocol import dtypes, reference
from keras_front.protocol.tree import flatten, map_tree, unflatten

from .arguments import Call
from .cases import ROWS, Row
from .host import difference, same_zero_signs, wide
from .tolerances import TOLERANCES


def is_array(value: Any) -> bool:
    """Whether a leaf of host arguments stands for a tensor."""
    return isinstance(value, np.ndarray)


def tensor(backend: Any, array: np.ndarray) -> Any:
    """A tensor of the array's values; ``bfloat16``, which is no NumPy dtype, by way of ``float32``."""
    if array.dtype.name == "bfloat16":
        return backend.from_host(array.astype(np.float32), "bfloat16")
    return backend.from_host(array)


def tensors(backend: Any, tree: Any) -> Any:
    """Host arguments with tensors in the places of arrays."""
    return map_tree(lambda leaf: tensor(backend, leaf) if is_array(leaf) else leaf, tree)


def runnable(backend: Any, call: Call, dtype: str) -> bool:
    """Whether the backend has all dtypes that the call names."""
    leaves, _ = flatten(call.host(dtype))
    named = {leaf.dtype.name for leaf in leaves if is_array(leaf)}
    named |= {leaf for leaf in leaves if isinstance(leaf, str) and leaf in dtypes.ALL}
    return named <= backend.traits.dtypes


def check_values(
    backend: Any, name: str, dtype: str, function: Callable[..., Any] | None = None, everything: bool = False
) -> float:
    """Runs every call of a row in one dtype; returns the greatest error in ulps.

    ``function`` is what to run in place of the backend's function of that name (its derived body, say).

    errors: ``AssertionError``, or what the function raises, with the call as a note.
    """
    row, worst = ROWS[name], 0.0
    for number, call in enumerate(row.calls_for(dtype, everything)):
        if not runnable(backend, call, dtype):
            continue
        args, options = call.host(dtype, seed=number)
        try:
            error = check_call(backend, row, function or getattr(backend, name), args, options, dtype)
        except Exception as problem:
            problem.add_note(f"in {name}{describe(args, options)} of {dtype}")
            raise
        worst = max(worst, error)
    return worst


def body(backend: Any, name: str) -> Callable[..., Any]:
    """The derived body of a function; compiled as a whole on an engine that compiles."""
    plain = reference(backend, name)
    if not backend.traits.compiled:
        return plain

    def run(*args: Any, **options: Any) -> Any:
        leaves, structure = flatten((args, options))
        places = [i for i, leaf in enumerate(leaves) if backend.is_tensor(leaf)]

        def on_tensors(tensors: list[Any]) -> Any:
            full = list(leaves)
            for place, x in zip(places, tensors, strict=True):
                full[place] = x
            args, options = unflatten(structure, full)
            return plain(*args, **options)

        return backend.compile(on_tensors)([leaves[i] for i in places])

    return run


def check_call(
    backend: Any, row: Row, function: Callable[..., Any], args: list[Any], options: dict[str, Any], dtype: str
) -> float:
    """Runs one call: values, shape, dtype and kind of the result, and that no argument has changed."""
    given = tensors(backend, (args, options))
    result = function(*given[0], **given[1])
    wide_args, wide_options = map_tree(lambda leaf: wide(leaf) if is_array(leaf) else leaf, (args, options))
    with np.errstate(all="ignore"):
        exact = row.oracle(*wide_args, **wide_options)
        scale = row.scale(*wide_args, **wide_options) if row.scale else 0.0
    expected = row.result(*args, **options) if callable(row.result) else row.result or dtype
    found, wanted = flatten(result)[0], flatten(exact)[0]
    assert len(found) == len(wanted), f"must give {len(wanted)} tensors, gave {len(found)}"
    worst = 0.0
    for value, right in zip(found, wanted, strict=True):
        worst = max(worst, _compare(backend, row, value, right, expected, scale))
    unchanged(backend, given, (args, options))
    return worst


def _compare(backend: Any, row: Row, value: Any, right: Any, dtype: str, scale: Any) -> float:
    is_native(backend, value, dtype)
    host = backend.to_host(value)
    bound = getattr(TOLERANCES[dtype], row.accuracy) if dtypes.is_floating(dtype) else 0.0
    error = difference(host, right, dtype, bound, scale)
    if row.zeros and dtypes.is_floating(dtype):
        same_zero_signs(host, right)
    return error


def is_native(backend: Any, value: Any, dtype: str) -> None:
    """``AssertionError`` if a result is no tensor of the backend, or one of another dtype."""
    assert backend.is_tensor(value), (
        f"the result must be a tensor of the backend, is a {type(value).__name__}"
    )
    assert isinstance(value.shape, tuple), f"`shape` must be a tuple, is a {type(value.shape).__name__}"
    found = backend.dtype_of(value)
    assert found == dtype, f"the dtype must be {dtype}, is {found}"


def unchanged(backend: Any, given: Any, host: Any) -> None:
    """``AssertionError`` if a tensor among the arguments no longer has the values it was made of."""
    for now, before in zip(flatten(given)[0], flatten(host)[0], strict=True):
        if is_array(before):
            after = wide(np.asarray(backend.to_host(now)))
            same = np.array_equal(after, wide(before), equal_nan=dtypes.is_floating(before.dtype.name))
            assert same, f"an argument was overwritten: {before!r:.200}"


def describe(args: list[Any], options: dict[str, Any]) -> str:
    """A call in short: tensors by dtype and shape."""

    def shown(leaf: Any) -> str:
        return f"{leaf.dtype}{list(leaf.shape)}" if is_array(leaf) else repr(leaf)

    parts = [shown(v) if not isinstance(v, list) else f"[{', '.join(map(shown, v))}]" for v in args]
    return f"({', '.join([*parts, *(f'{k}={shown(v)}' for k, v in options.items())])})"
