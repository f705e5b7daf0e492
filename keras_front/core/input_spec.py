"""What a layer accepts as input, and the check that names the layer when it is given something else."""

from __future__ import annotations

from typing import Any

from keras_front.interpret.lifted import leaves
from keras_front.protocol.dtypes import standardize


class InputSpec:
    """Rank, shape, dtype and axis sizes that an input must have.

    ``shape``: sizes, ``None`` for any.  ``ndim``, ``min_ndim``, ``max_ndim``: numbers of axes.  ``axes``: axis to size.
    ``allow_last_axis_squeeze``: whether a last axis of size 1 may be missing or surplus.

    >>> InputSpec(ndim=4, axes={-1: 3})
    InputSpec(ndim=4, axes={-1: 3})
    """

    def __init__(
        self,
        dtype: Any = None,
        shape: Any = None,
        ndim: int | None = None,
        max_ndim: int | None = None,
        min_ndim: int | None = None,
        axes: dict[int, int | None] | None = None,
        allow_last_axis_squeeze: bool = False,
        name: str | None = None,
        optional: bool = False,
    ) -> None:
        self.dtype = standardize(dtype) if dtype is not None else None
        self.shape = tuple(shape) if shape is not None else None
        self.ndim = len(self.shape) if self.shape is not None else ndim
        self.max_ndim, self.min_ndim = max_ndim, min_ndim
        self.axes = {int(axis): size for axis, size in (axes or {}).items()}
        self.allow_last_axis_squeeze = allow_last_axis_squeeze
        self.name = name
        self.optional = optional

    def get_config(self) -> dict[str, Any]:
        """Its arguments, by name."""
        return {
            "dtype": self.dtype, "shape": self.shape, "ndim": self.ndim, "max_ndim": self.max_ndim,
            "min_ndim": self.min_ndim, "axes": self.axes, "optional": self.optional,
        }  # fmt: skip

    @classmethod
    def from_config(cls, config: dict[str, Any]) -> InputSpec:
        """The spec of a configuration."""
        return cls(**config)

    def __repr__(self) -> str:
        given = ", ".join(f"{key}={value!r}" for key, value in self.get_config().items() if value)
        return f"InputSpec({given})"


def check_inputs(layer: str, specs: Any, inputs: Any) -> None:
    """Holds inputs against what a layer accepts.

    errors: ``ValueError`` naming the layer, the rule and the shape.
    """
    wanted = list(leaves(specs))
    given = [inputs] if hasattr(inputs, "shape") else list(leaves(inputs))
    if len(given) != len(wanted):
        raise ValueError(f"layer {layer!r} expects {len(wanted)} input(s), but it received {len(given)}")
    for i, (spec, x) in enumerate(zip(wanted, given, strict=True)):
        if spec is None or (x is None and spec.optional):
            continue
        if not hasattr(x, "shape"):
            raise ValueError(f"input {i} of layer {layer!r} must be a tensor, got {x!r:.120}")
        _check(f"input {i} of layer {layer!r}", spec, tuple(x.shape), x)


def _axes(count: int) -> str:
    return f"{count} axis" if count == 1 else f"{count} axes"


def _check(what: str, spec: InputSpec, shape: tuple[int | None, ...], x: Any) -> None:
    rank = len(shape)
    if spec.ndim is not None and not spec.allow_last_axis_squeeze and rank != spec.ndim:
        raise ValueError(f"{what} must have {_axes(spec.ndim)}, got shape {shape} with {rank}")
    if spec.max_ndim is not None and rank > spec.max_ndim:
        raise ValueError(f"{what} must have at most {_axes(spec.max_ndim)}, got shape {shape} with {rank}")
    if spec.min_ndim is not None and rank < spec.min_ndim:
        raise ValueError(f"{what} must have at least {_axes(spec.min_ndim)}, got shape {shape} with {rank}")
    if spec.dtype is not None and standardize(x.dtype) != spec.dtype:
        raise ValueError(f"{what} must have dtype {spec.dtype}, got {standardize(x.dtype)}")
    for axis, size in spec.axes.items():
        if size is not None and shape[axis] not in (size, None):
            raise ValueError(f"{what} must have size {size} on axis {axis}, got shape {shape}")
    if spec.shape is not None:
        expected = spec.shape
        if spec.allow_last_axis_squeeze:
            expected = (
                expected[:-1] if expected and expected[-1] == 1 and rank == len(expected) - 1 else expected
            )
            shape = shape[:-1] if shape and shape[-1] == 1 and rank == len(expected) + 1 else shape
        fits = len(expected) == len(shape) and all(
            a is None or b is None or a == b for a, b in zip(expected, shape, strict=True)
        )
        if not fits:
            raise ValueError(f"{what} must have shape {spec.shape}, got {tuple(x.shape)}")
