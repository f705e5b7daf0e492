"""Shape rules of the network group, where the derived body cannot run on unknown sizes or would let errors pass."""

from __future__ import annotations

from typing import Any

from keras_front.protocol.geometry import extents, output_sizes

from . import checks
from .array import unary
from .spec import Shape, ShapeError, Size, Spec

RULES, _rule = checks.table()

# Its body is some hundred steps long, which would be felt when a model is built.
RULES["erf"] = unary("erf", "floating")


# ---------------------------------------------------------------- affine maps and windows


@_rule
def _dense(x: Any, kernel: Any, bias: Any = None, /) -> Spec:
    spec, weights = checks.tensor("dense", "x", x), checks.tensor("dense", "kernel", kernel)
    given = {"x": spec, "kernel": weights} | ({} if bias is None else {"bias": bias})
    dtype = checks.same_dtype("dense", "numeric", **given)
    if weights.ndim != 2:
        raise ShapeError(f"dense: `kernel` must have two axes (d, units), got {weights.shape}")
    if not spec.ndim:
        raise ShapeError("dense: `x` must have at least one axis (..., d), got a 0-d tensor")
    rule = "the last axis of x and the first of kernel must be equal"
    checks.merge(
        "dense", f"{rule} in {spec.shape} and {weights.shape}", x=spec.shape[-1:], kernel=weights.shape[:1]
    )
    units = weights.shape[1:]
    if bias is not None:
        units = checks.merge("dense", "`bias` must be (units,)", kernel=units, bias=checks.shape_of(bias))
    return Spec((*spec.shape[:-1], *units), dtype)


def windows(name: str, sizes: Shape, window: Any, strides: Any, padding: Any, dilation: Any = None) -> Shape:
    """How often a window fits on each spatial axis, ``None`` where size or window is unknown.

    errors: `ShapeError` for options of another length, and for a window larger than the padded axis.
    """
    rank = len(sizes)
    checks.numbers(name, "window", window, rank, 1)
    checks.numbers(name, "strides", strides, rank, 1)
    dilation = (1,) * rank if dilation is None else dilation
    checks.numbers(name, "dilation", dilation, rank, 1)
    pairs = ((0, 0),) * rank
    if padding not in ("valid", "same"):
        if isinstance(padding, str) or len(padding) != rank:
            raise ShapeError(
                f"{name}: `padding` must be 'valid', 'same' or a pair of numbers for each of {rank} axes, "
                f"got {padding!r}"
            )
        for pair in padding:
            checks.numbers(name, "padding", pair, 2, 0)
        pairs = padding
    result: list[Size] = []
    for size, reach, stride, step, (low, high) in zip(sizes, window, strides, dilation, pairs, strict=True):
        if size is None:
            result.append(None)
        elif padding == "same":
            result.append(-(-size // stride))
        elif reach is None:
            result.append(None)
        else:
            padded = size + low + high
            if padded and extents((reach,), (step,))[0] > padded:
                raise ShapeError(
                    f"{name}: the window must fit on each axis, got window {tuple(window)}, dilation "
                    f"{tuple(dilation)} and padding {padding!r} for sizes {sizes}"
                )
            result.extend(output_sizes((padded,), (reach,), (stride,), (step,)))
    return tuple(result)


@_rule
def _conv(
    x: Any,
    kernel: Any,
    /,
    strides: Any,
    padding: Any = "valid",
    dilation: Any = None,
    groups: int = 1,
) -> Spec:
    image, weights = _image("conv", x), checks.tensor("conv", "kernel", kernel)
    dtype = checks.same_dtype("conv", "floating", x=image, kernel=weights)
    if weights.ndim != image.ndim:
        raise ShapeError(
            f"conv: `x` (n, s..., c) and `kernel` (k..., c / groups, filters) must have equally many axes, "
            f"got {image.shape} and {weights.shape}"
        )
    channels, (inner, filters) = image.shape[-1], weights.shape[-2:]
    if channels is not None and inner is not None and channels != inner * groups:
        raise ShapeError(
            f"conv: the last axis of x must be groups = {groups} times the one before last of kernel, "
            f"got {image.shape} and {weights.shape}"
        )
    if filters is not None and filters % groups:
        raise ShapeError(f"conv: filters must be divisible by groups = {groups}, got kernel {weights.shape}")
    sizes = windows("conv", image.shape[1:-1], weights.shape[:-2], strides, padding, dilation)
    return Spec((image.shape[0], *sizes, filters), dtype)


def _image(name: str, x: Any) -> Spec:
    spec = checks.of_kind(name, "x", x, "floating")
    if spec.ndim < 3:
        raise ShapeError(f"{name}: `x` must have three or more axes (n, s..., c), got {spec.shape}")
    return spec


def _pool(name: str) -> Any:
    def rule(x: Any, /, window: Any, strides: Any, padding: Any = "valid") -> Spec:
        image = _image(name, x)
        sizes = windows(name, image.shape[1:-1], window, strides, padding)
        return Spec((image.shape[0], *sizes, image.shape[-1]), image.dtype)

    return rule


RULES["max_pool"] = _pool("max_pool")
RULES["average_pool"] = _pool("average_pool")

# ---------------------------------------------------------------- normalizations


def _normalized(name: str, x: Any, axis: int, **vectors: Any) -> tuple[Spec, Size]:
    """The spec of ``x`` with all that is known of its channel axis, and that axis' size."""
    spec = checks.tensor(name, "x", x)
    given = {key: vector for key, vector in vectors.items() if vector is not None}
    dtype = checks.same_dtype(name, "floating", x=spec, **given)
    position = checks.axis_index(name, axis, spec.ndim)
    channels = checks.merge(
        name,
        f"all but x must have the shape (c,) of axis {axis} of {spec.shape}",
        x=spec.shape[position : position + 1],
        **{key: checks.tensor(name, key, vector).shape for key, vector in given.items()},
    )
    return Spec((*spec.shape[:position], *channels, *spec.shape[position + 1 :]), dtype), channels[0]


@_rule
def _normalize(
    x: Any,
    mean: Any,
    variance: Any,
    scale: Any = None,
    offset: Any = None,
    /,
    axis: int = -1,
    epsilon: float = 1e-3,
) -> Spec:
    vectors = {"mean": mean, "variance": variance, "scale": scale, "offset": offset}
    return _normalized("normalize", x, axis, **vectors)[0]


@_rule
def _batch_norm(
    x: Any, scale: Any = None, offset: Any = None, /, axis: int = -1, epsilon: float = 1e-3
) -> tuple[Spec, Spec, Spec]:
    result, channels = _normalized("batch_norm", x, axis, scale=scale, offset=offset)
    statistic = Spec((channels,), result.dtype)
    return result, statistic, statistic


@_rule
def _layer_norm(
    x: Any, scale: Any = None, offset: Any = None, /, axes: Any = (-1,), epsilon: float = 1e-3
) -> Spec:
    spec = checks.tensor("layer_norm", "x", x)
    given = {key: v for key, v in (("scale", scale), ("offset", offset)) if v is not None}
    dtype = checks.same_dtype("layer_norm", "floating", x=spec, **given)
    checks.axes_set("layer_norm", axes, spec.ndim)
    shapes = {key: checks.shape_of(v) for key, v in given.items()}
    result = checks.broadcast("layer_norm", x=spec.shape, **shapes)
    rule = "scale and offset must broadcast against x without widening it"
    return Spec(checks.merge("layer_norm", rule, x=spec.shape, result=result), dtype)


# ---------------------------------------------------------------- cross-entropies


@_rule
def _softmax_cross_entropy(logits: Any, targets: Any, /) -> Spec:
    name = "softmax_cross_entropy"
    both = {
        "logits": checks.tensor(name, "logits", logits),
        "targets": checks.tensor(name, "targets", targets),
    }
    dtype = checks.same_dtype(name, "floating", **both)
    shapes = {key: spec.shape for key, spec in both.items()}
    shape = checks.merge(name, "logits and targets must have one shape (..., c)", **shapes)
    return Spec(shape[: checks.axis_index(name, -1, len(shape))], dtype)


@_rule
def _sparse_softmax_cross_entropy(logits: Any, labels: Any, /) -> Spec:
    name = "sparse_softmax_cross_entropy"
    scores = checks.of_kind(name, "logits", logits, "floating")
    classes = checks.of_kind(name, "labels", labels, "integer")
    checks.axis_index(name, -1, scores.ndim)
    rule = f"labels (...) must have the shape of logits (..., c) = {scores.shape} without its last axis"
    return Spec(checks.merge(name, rule, logits=scores.shape[:-1], labels=classes.shape), scores.dtype)


@_rule
def _sigmoid_cross_entropy(logits: Any, targets: Any, /) -> Spec:
    name = "sigmoid_cross_entropy"
    both = {
        "logits": checks.tensor(name, "logits", logits),
        "targets": checks.tensor(name, "targets", targets),
    }
    dtype = checks.same_dtype(name, "floating", **both)
    shapes = {key: spec.shape for key, spec in both.items()}
    return Spec(checks.merge(name, "logits and targets must have one shape", **shapes), dtype)
