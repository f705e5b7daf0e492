"""The shapes interpreter against plain NumPy: no known size may be wrong, and none unknown without need."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from shape_samples import PLAIN, SAMPLES, Sample

from keras_front.interpret.shapes import ShapeError, Spec, shapes
from keras_front.protocol import names
from keras_front.protocol.tree import flatten, map_tree

#: Functions that a sample cannot show; each has a test of its own, here or in `test_specs`.
OWN_TESTS = {
    "to_host", "is_tensor", "dtype_of", "enable_portable_random", "devices", "device_scope",
    "value_and_grad", "custom_gradient", "compile", "checkpoint", "no_gradient",
}  # fmt: skip
CASES = [
    pytest.param(name, make, id=f"{name}-{n}")
    for name, makes in SAMPLES.items()
    for n, make in enumerate(makes)
]


def test_every_function_is_sampled() -> None:
    assert set(SAMPLES) | OWN_TESTS >= set(names())
    assert not (set(SAMPLES) | OWN_TESTS) - set(names())


def _is_array(x: Any) -> bool:
    return isinstance(x, np.ndarray)


def _to_spec(tree: Any) -> Any:
    return map_tree(lambda x: Spec(x.shape, x.dtype) if _is_array(x) else x, tree)


def _sizes(tree: Any) -> list[Any]:
    return [leaf.shape for leaf in flatten(tree)[0]]


def _fits(spec: tuple[Any, ...], real: tuple[int, ...]) -> bool:
    """Whether a shape with unknown sizes says nothing wrong about the real one."""
    return len(spec) == len(real) and all(s in (None, r) for s, r in zip(spec, real, strict=True))


@pytest.mark.parametrize(("name", "make"), CASES)
def test_known_shapes_equal_reality(name: str, make: Sample) -> None:
    """With every size known, spec and reality are the same, dtype and tree included."""
    with np.errstate(all="ignore"):
        args, options = make(PLAIN)
        real = getattr(PLAIN, name)(*args, **options)
    args, options = make(shapes)
    found = getattr(shapes, name)(*_to_spec(args), **_to_spec(options))
    real_leaves, real_structure = flatten(real)
    leaves, structure = flatten(found)
    assert structure == real_structure
    assert all(type(leaf) is Spec for leaf in leaves)
    assert [leaf.dtype for leaf in leaves] == [leaf.dtype.name for leaf in real_leaves]
    if name == "nonzero":
        assert _sizes(found) == [(None,), (None,)]
    else:
        assert _sizes(found) == _sizes(real)
    # Arrays in place of specs mean the same.
    direct = getattr(shapes, name)(*args, **options)
    assert [(s.shape, s.dtype) for s in flatten(direct)[0]] == [(s.shape, s.dtype) for s in leaves]


def _resized(tree: Any, leaf: int, axis: int, size: Any) -> Any:
    """The tree with another size for one axis of one of its arrays (``None``: its spec, the size unknown)."""
    count = itertools.count()

    def change(x: Any) -> Any:
        if not _is_array(x):
            return x
        mine = next(count) == leaf
        shape = (*x.shape[:axis], size, *x.shape[axis + 1 :]) if mine else x.shape
        if size is None:
            return Spec(shape, x.dtype)
        return np.resize(x, shape) if mine else x

    return map_tree(change, tree)


def _blurs(tree: Any) -> Iterator[tuple[int, int]]:
    arrays = [leaf for leaf in flatten(tree)[0] if _is_array(leaf)]
    for leaf, array in enumerate(arrays):
        for axis in range(array.ndim):
            yield leaf, axis


@pytest.mark.parametrize(("name", "make"), CASES)
def test_one_unknown_size(name: str, make: Sample) -> None:
    """With one size unknown, the spec knows exactly what all possible sizes have in common."""
    function, wanted = getattr(shapes, name), make(shapes)
    for leaf, axis in _blurs(wanted):
        args, options = _resized(wanted, leaf, axis, None)
        found = _sizes(function(*args, **options))
        seen = []
        for size in range(9):
            with np.errstate(all="ignore"):
                abstract_args, abstract_options = _to_spec(_resized(wanted, leaf, axis, size))
                args, options = _resized(make(PLAIN), leaf, axis, size)
                try:
                    # Sizes the stub forbids are no possibilities, though NumPy may be laxer.
                    function(*abstract_args, **abstract_options)
                    seen.append(_sizes(getattr(PLAIN, name)(*args, **options)))
                except (ValueError, IndexError):
                    continue
        assert seen
        for result, *real in zip(found, *seen, strict=True):
            common = tuple(s.pop() if len(s) == 1 else None for s in map(set, zip(*real, strict=True)))
            if name == "nonzero":
                common = (None,)
            assert result == common, f"argument {leaf}, axis {axis} unknown"


@pytest.mark.parametrize(("name", "make"), CASES)
def test_all_sizes_unknown(name: str, make: Sample) -> None:
    """With no size known, nothing wrong is said."""
    with np.errstate(all="ignore"):
        args, options = make(PLAIN)
        real = _sizes(getattr(PLAIN, name)(*args, **options))

    def blur(x: Any) -> Any:
        return Spec((None,) * x.ndim, x.dtype) if _is_array(x) else x

    args, options = map_tree(blur, make(shapes))
    found = _sizes(getattr(shapes, name)(*args, **options))
    assert all(_fits(s, r) for s, r in zip(found, real, strict=True))


# ---------------------------------------------------------------- any shapes at all

SIZES = st.integers(0, 4)
SHAPES = st.lists(SIZES, max_size=4).map(tuple)


@st.composite
def blurred(draw: Any, shape: tuple[int, ...]) -> Spec:
    """A spec of the shape with some sizes unknown."""
    return Spec(tuple(None if draw(st.booleans()) else size for size in shape))


def _compare(real: Callable[[], Any], spec: Callable[[bool], Spec]) -> None:
    """Reality works where the full spec does, and the blurred spec says nothing wrong."""
    try:
        shape = real().shape
    except ValueError:
        with pytest.raises(ShapeError):
            spec(False)
        return
    assert spec(False).shape == shape
    assert _fits(spec(True).shape, shape)


@settings(max_examples=150, deadline=None)
@given(st.data(), SHAPES, SHAPES)
def test_broadcasting(data: Any, a: tuple[int, ...], b: tuple[int, ...]) -> None:
    blur = [data.draw(blurred(a)), data.draw(blurred(b))]
    _compare(
        lambda: np.zeros(a) + np.zeros(b),
        lambda hidden: shapes.add(*(blur if hidden else (Spec(a), Spec(b)))),
    )


@settings(max_examples=150, deadline=None)
@given(st.data(), SHAPES, SHAPES)
def test_broadcast_to(data: Any, a: tuple[int, ...], b: tuple[int, ...]) -> None:
    blur = data.draw(blurred(a)), data.draw(blurred(b)).shape
    _compare(
        lambda: np.broadcast_to(np.zeros(a), b),
        lambda hidden: shapes.broadcast_to(*(blur if hidden else (Spec(a), b))),
    )


@settings(max_examples=200, deadline=None)
@given(st.data(), st.lists(st.sampled_from([0, 1, 2, 3, 4, 6]), max_size=4).map(tuple))
def test_reshape(data: Any, a: tuple[int, ...]) -> None:
    fitting = st.permutations(a).map(tuple)
    target = data.draw(st.one_of(fitting, SHAPES))
    if target and data.draw(st.booleans()):
        place = data.draw(st.integers(0, len(target) - 1))
        target = (*target[:place], -1, *target[place + 1 :])
    blur = data.draw(blurred(a))
    hidden_target = tuple(None if s != -1 and data.draw(st.booleans()) else s for s in target)
    _compare(
        lambda: np.zeros(a).reshape(target),
        lambda hidden: shapes.reshape(*((blur, hidden_target) if hidden else (Spec(a), target))),
    )


@settings(max_examples=200, deadline=None)
@given(st.data(), SHAPES, SHAPES, st.booleans())
def test_matmul(data: Any, a: tuple[int, ...], b: tuple[int, ...], fit: bool) -> None:
    if fit and a and b:
        b = (*b[:-2], a[-1], *b[-1:]) if len(b) > 1 else (a[-1],)
    blur = [data.draw(blurred(a)), data.draw(blurred(b))]
    _compare(
        lambda: np.matmul(np.zeros(a), np.zeros(b)),
        lambda hidden: shapes.matmul(*(blur if hidden else (Spec(a), Spec(b)))),
    )


KEYS = st.lists(
    st.one_of(
        st.integers(-4, 4),
        st.just(None),
        st.just(...),
        st.builds(
            slice,
            *(st.one_of(st.none(), st.integers(-3, 3)) for _ in range(2)),
            st.sampled_from([None, 2, -1]),
        ),
    ),
    max_size=5,
).map(tuple)


@settings(max_examples=200, deadline=None)
@given(st.data(), SHAPES, KEYS)
def test_indexing(data: Any, a: tuple[int, ...], key: Any) -> None:
    blur = data.draw(blurred(a))

    def real() -> Any:
        try:
            return np.asarray(np.zeros(a)[key])
        except IndexError as error:
            raise ValueError(error) from error

    _compare(real, lambda hidden: (blur if hidden else Spec(a))[key])


# ---------------------------------------------------------------- what must be refused

x23, x45 = Spec((None, 3)), Spec((4, 5))
REFUSED: list[tuple[str, tuple[Any, ...], dict[str, Any], str]] = [
    ("matmul", (x23, x45), {}, r"matmul: the last axis of x .* got \(None, 3\) and \(4, 5\)"),
    ("matmul", (Spec(()), x45), {}, "at least one axis"),
    ("add", (x23, x45), {}, r"add: shapes must broadcast .*`x` \(None, 3\) and `y` \(4, 5\)"),
    ("add", (x23, Spec((3,), "int32")), {}, "add: dtypes must be equal, got `x` float32"),
    ("add", (Spec((3,), "int32"), 0.5), {}, "scalar `y` = 0.5 does not fit the dtype int32"),
    ("add", (Spec((3,), "bool"), 1), {}, "must be numeric"),
    ("add", (1.0, 2.0), {}, "one argument must be a tensor"),
    ("add", (x23, "a"), {}, "`y` must be a tensor or a Python scalar"),
    ("exp", (Spec((3,), "int32"),), {}, "exp: `x` must have a dtype that is floating, got int32"),
    ("softmax", (Spec((3,), "int32"),), {}, "softmax: exp: `x`"),
    ("erf", (Spec((3,), "int32"),), {}, "that is floating"),
    ("logical_not", (x23,), {}, "that is bool"),
    ("bitwise_and", (x23, x23), {}, "integer or bool"),
    ("where", (x23, x23, x23), {}, "`condition` must have a dtype that is bool"),
    ("reshape", (x45, (3, -1)), {}, r"reshape: cannot reshape \(4, 5\) to \(3, -1\)"),
    ("reshape", (x23, (4, 5)), {}, "cannot reshape"),
    ("reshape", (x45, (-1, -1)), {}, "-1 may stand once"),
    ("reshape", (x45, (-2, 10)), {}, "sizes >= 0"),
    ("sum", (x45,), {"axis": 2}, "from -2 to 1 for a tensor with 2 axes, got 2"),
    ("sum", (x45,), {"axis": (0, -2)}, "must not name an axis twice"),
    ("max", (Spec((0, 3)),), {"axis": 0}, "must not be empty"),
    ("argmax", (Spec((0, 3)),), {"axis": 0}, "must not be empty"),
    ("permute_dims", (x45, (0, 0)), {}, "twice"),
    ("permute_dims", (x45, (0,)), {}, "one number for each of 2 axes"),
    ("broadcast_to", (x45, (4, 6)), {}, "broadcast_to: each axis must be 1"),
    (
        "concat",
        ([x23, x45],),
        {"axis": 0},
        r"concat: all axes but axis 0 must be equal, got \(None, 3\), \(4, 5\)",
    ),
    ("concat", ([],), {"axis": 0}, "one or more tensors"),
    ("stack", ([x23, x45],), {"axis": 0}, "all shapes must be equal"),
    ("expand_dims", (x45,), {"axis": 3}, "from -3 to 2"),
    ("slice", (x45, (0, 0), (5, 5), (1, 1)), {}, "start <= stop <= size"),
    ("slice", (x45, (0, 0), (4, 5), (0, 1)), {}, "numbers >= 1"),
    ("slice_update", (x45, x45, (1, 0), (1, 1)), {}, "must lie within"),
    ("pad", (x45, (-1, 0), (0, 0)), {}, "numbers >= 0"),
    ("take", (x45, x23), {"axis": 0}, "`indices` must have a dtype that is integer"),
    ("take_along_axis", (x45, Spec((4,), "int32")), {"axis": 0}, "equally many axes"),
    ("scatter", (x45, Spec((2,), "int32"), Spec((3, 5))), {"axis": 0, "mode": "set"}, "shape of take"),
    ("scatter", (x45, Spec((2,), "int32"), Spec((2, 5))), {"axis": 0, "mode": "mul"}, "`mode` must be"),
    ("dense", (x23, x45), {}, "dense: the last axis of x and the first of kernel"),
    ("dense", (Spec((2, 4)), x45, Spec((4,))), {}, r"`bias` must be \(units,\)"),
    (
        "conv",
        (Spec((1, 8, 3)), Spec((2, 4, 6))),
        {"strides": (1,)},
        "the last axis of x must be groups = 1 times",
    ),
    ("conv", (Spec((1, 8, 4)), Spec((2, 2, 5))), {"strides": (1,), "groups": 2}, "divisible by groups = 2"),
    ("conv", (Spec((1, 2, 3)), Spec((3, 3, 6))), {"strides": (1,)}, "the window must fit"),
    ("conv", (Spec((1, 8, 3)), Spec((2, 3, 6))), {"strides": (1, 1)}, "`strides` must hold one number"),
    ("max_pool", (Spec((1, 2, 3)),), {"window": (3,), "strides": (1,)}, "the window must fit"),
    ("max_pool", (Spec((2, 3)),), {"window": (), "strides": ()}, "three or more axes"),
    ("batch_norm", (x45, Spec((4,))), {}, r"must have the shape \(c,\)"),
    ("layer_norm", (x45, Spec((2, 1, 5))), {}, "without widening"),
    ("sparse_softmax_cross_entropy", (x45, Spec((5,), "int32")), {}, "labels"),
    ("random_uniform", (x45,), {"shape": (2,), "dtype": "float32"}, "must be a uint32 tensor"),
    ("astype", (x45, "float31"), {}, "astype: `dtype` must be one of"),
]


@pytest.mark.parametrize(("name", "args", "options", "message"), REFUSED)
def test_refused(name: str, args: tuple[Any, ...], options: dict[str, Any], message: str) -> None:
    with pytest.raises(ShapeError, match=message) as caught:
        getattr(shapes, name)(*args, **options)
    assert str(caught.value).startswith(f"{name}: ")


# ---------------------------------------------------------------- unknown sizes, spelled out


def test_unknown_batch() -> None:
    image = Spec((None, 28, 28, 1))
    y = shapes.conv(image, Spec((3, 3, 1, 8)), strides=(1, 1), padding="valid")
    assert y.shape == (None, 26, 26, 8)
    y = shapes.max_pool(shapes.relu(y), window=(2, 2), strides=(2, 2))
    assert y.shape == (None, 13, 13, 8)
    y = shapes.reshape(y, (-1, 13 * 13 * 8))
    assert y.shape == (None, 1352)
    assert shapes.reshape(Spec((None,)), (-1, 2)).shape == (None, 2)
    assert shapes.dropout(y, Spec((2,), "uint32"), rate=0.5).shape == (None, 1352)
    free = Spec((None, None, None, 3))
    assert shapes.conv(free, Spec((3, 3, 3, 8)), strides=(2, 2), padding="same").shape == (
        None,
        None,
        None,
        8,
    )
    assert shapes.layer_norm(Spec((None, None, 8)), Spec((8,)), Spec((8,))).shape == (None, None, 8)


def test_sizes_of_specs_may_be_passed_on() -> None:
    """Derived bodies and layers pass `x.shape` to functions, unknown sizes included."""
    x = Spec((None, 4, None))
    assert shapes.full(x.shape, 0.0, dtype="float32").shape == (None, 4, None)
    assert shapes.broadcast_to(Spec((1, 1, 5)), x.shape).shape == (None, 4, 5)
    assert shapes.broadcast_to(Spec((4, 3)), x.shape).shape == (None, 4, 3)
    assert shapes.reshape(x, (x.shape[0], -1)).shape == (None, None)
    assert shapes.reshape(Spec((6, 4)), (None, 8)).shape == (3, 8)
    assert shapes.slice(x, (0, 1, 0), (None, 3, None), (1, 1, 2)).shape == (None, 2, None)
    assert shapes.slice(Spec((4,)), (4,), (None,), (1,)).shape == (0,)
    assert shapes.arange(0, None, 1, dtype="int32").shape == (None,)
    assert shapes.pad(x, (1, 1, 0), (0, 1, 0)).shape == (None, 6, None)
