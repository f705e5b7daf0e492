"""Shape rules of the random group."""

from __future__ import annotations

from typing import Any

from . import checks
from .spec import ShapeError, Spec, shape_tuple

RULES, _rule = checks.table()


def _key(name: str, argument: str, key: Any) -> Spec:
    spec = checks.tensor(name, argument, key)
    if spec.dtype != "uint32" or spec.shape not in ((2,), (None,)):
        raise ShapeError(f"{name}: `{argument}` must be a uint32 tensor of shape (2,), got {spec}")
    return Spec((2,), "uint32")


def _drawn(name: str, key: Any, shape: Any, dtype: str) -> Spec:
    _key(name, "key", key)
    dtype = checks.dtype_name(name, dtype)
    if dtype != "uint32" and dtype not in checks.KINDS["floating"]:
        raise ShapeError(f"{name}: `dtype` must be floating, got {dtype!r}")
    return Spec(shape_tuple(shape, f"{name}: `shape`"), dtype)


@_rule
def _next_key(state: Any, /) -> tuple[Spec, Spec]:
    spec = _key("next_key", "state", state)
    return spec, spec


@_rule
def _random_bits(key: Any, /, shape: Any) -> Spec:
    return _drawn("random_bits", key, shape, "uint32")


@_rule
def _random_uniform(key: Any, /, shape: Any, dtype: str) -> Spec:
    return _drawn("random_uniform", key, shape, dtype)


@_rule
def _random_normal(key: Any, /, shape: Any, dtype: str) -> Spec:
    return _drawn("random_normal", key, shape, dtype)
