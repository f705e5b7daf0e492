"""Shape rules of the runtime group."""

from __future__ import annotations

from typing import Any

from . import checks
from .spec import Spec

RULES, _rule = checks.table()


@_rule
def _from_host(array: Any, /, dtype: str | None = None) -> Spec:
    spec = checks.tensor("from_host", "array", array)
    return Spec(spec.shape, spec.dtype if dtype is None else checks.dtype_name("from_host", dtype))


@_rule
def _to_host(x: Any, /) -> Any:
    raise TypeError(
        f"to_host needs the values of {x!r:.200}, which are not known while a model is being built. "
        "Compute with operators and ops functions instead"
    )


@_rule
def _is_tensor(x: object, /) -> bool:
    return isinstance(x, Spec)


@_rule
def _dtype_of(x: Any, /) -> str:
    return checks.tensor("dtype_of", "x", x).dtype


@_rule
def _parameter(x: Any, /, trainable: bool) -> Spec:
    return checks.tensor("parameter", "x", x)


@_rule
def _store(old: Any, new: Any, /) -> Spec:
    shape = checks.merge(
        "store", "shapes must be equal", old=checks.tensor("store", "old", old).shape,
        new=checks.tensor("store", "new", new).shape,
    )  # fmt: skip
    return Spec(shape, checks.same_dtype("store", "any", old=old, new=new))


@_rule
def _pack(tensors: Any, /) -> list[Spec]:
    return [checks.tensor("pack", "tensors", x) for x in tensors]


@_rule
def _synchronize(x: Any, /) -> Any:
    return checks.specs(x)
