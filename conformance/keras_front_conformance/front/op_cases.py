"""Calls of ops that the front and real Keras must answer alike; names in them are those of `arrays` and of ops."""

from __future__ import annotations

import ast
from typing import Any

import numpy as np

from keras_front import ops


class _Promised(ast.NodeTransformer):
    """Indexing and ``.reshape`` of tensors by ops: the protocol promises no such thing of a backend's tensors."""

    def visit_Subscript(self, node: ast.Subscript) -> ast.AST:
        self.generic_visit(node)
        return ast.Call(ast.Name("get_item", ast.Load()), [node.value, _key(node.slice)], [])

    def visit_Call(self, node: ast.Call) -> ast.AST:
        self.generic_visit(node)
        if isinstance(node.func, ast.Attribute) and node.func.attr == "reshape":
            return ast.Call(
                ast.Name("reshape", ast.Load()), [node.func.value, ast.Tuple(node.args, ast.Load())], []
            )
        return node


def _key(node: ast.expr) -> ast.expr:
    if isinstance(node, ast.Slice):
        parts = [part or ast.Constant(None) for part in (node.lower, node.upper, node.step)]
        return ast.Call(ast.Name("slice_of", ast.Load()), parts, [])
    if isinstance(node, ast.Tuple):
        return ast.Tuple([_key(item) for item in node.elts], ast.Load())
    return node


def _item(value: Any, key: Any) -> Any:
    return value[key] if isinstance(value, (list, tuple, dict)) else ops.get_item(value, key)


def evaluate(call: str, names: dict[str, Any]) -> Any:
    """The value of a call on the front's tensors."""
    tree = ast.fix_missing_locations(_Promised().visit(ast.parse(call, mode="eval")))
    helpers = {"get_item": _item, "slice_of": slice, "reshape": ops.reshape}
    return eval(compile(tree, call, "eval"), {**names, **helpers})


def arrays() -> dict[str, np.ndarray]:
    """The arguments, by the names that the calls use."""
    rng = np.random.default_rng(0)
    f32, i32 = np.float32, np.int32
    return {
        "f": rng.normal(size=(3, 4)).astype(f32),
        "g": rng.normal(size=(4,)).astype(f32),
        "p": rng.uniform(0.1, 3, size=(3, 4)).astype(f32),
        "q": rng.normal(size=(4, 5)).astype(f32),
        "t": rng.normal(size=(2, 3, 4)).astype(f32),
        "i": rng.integers(-5, 6, size=(3, 4)).astype(i32),
        "j": rng.integers(1, 4, size=(3, 4)).astype(i32),
        "u": rng.integers(0, 250, size=(3, 4)).astype(np.uint8),
        "c": rng.integers(-90, 90, size=(3, 4)).astype(np.int8),
        "b": rng.integers(0, 2, size=(3, 4)).astype(bool),
        "d": rng.integers(0, 2, size=(3, 4)).astype(bool),
        "h": rng.normal(size=(3, 4)).astype(np.float16),
        "n": np.array([[1.0, np.nan, np.inf, -np.inf], [0.0, -0.0, 2.5, -2.5]], f32),
        "z": np.array([0.5, 1.5, 2.5, -0.5, -1.5, 1e10, 0.0], f32),
        "w": np.array([-100.0, -20.0, -3.0, -1.0, -0.5, 0.0, 0.3, 1.0, 3.0, 20.0, 100.0], f32),
        "k": np.array([2, 0, 1, 2], i32),
        "m": np.array([[0, 2], [1, 1]], i32),
        "r": rng.permutation(12).reshape(3, 4).astype(f32),
        "img": rng.normal(size=(2, 7, 6, 4)).astype(f32),
        "ker": rng.normal(size=(3, 2, 4, 6)).astype(f32),
        "grp": rng.normal(size=(3, 3, 2, 6)).astype(f32),
        "seq": rng.normal(size=(2, 9, 3)).astype(f32),
        "kseq": rng.normal(size=(3, 3, 5)).astype(f32),
        "probs": rng.uniform(0.1, 1, size=(5, 3)).astype(f32),
        "hot": np.eye(3, dtype=f32)[[0, 2, 1, 1, 0]],
        "lab": np.array([0, 2, 1, 1, 0], i32),
        "bits": rng.integers(0, 2, size=(5, 3)).astype(f32),
        "v3": rng.uniform(0.5, 1.5, size=(4,)).astype(f32),
        "s3": rng.normal(size=(4,)).astype(f32),
    }


_BINARY = "add subtract multiply divide true_divide maximum minimum"
_PAIRS = "(f, g) (i, j) (i, 2.5) (2, i) (h, f) (h, 2.0) (u, c)"
_COMPARE = "equal not_equal less less_equal greater greater_equal"
_LOGIC = "logical_and logical_or logical_xor"
_BITS = "bitwise_and bitwise_or bitwise_xor"
_FLOAT = (
    "exp expm1 sin cos tan tanh sinh cosh erf floor ceil sigmoid softplus softsign silu relu relu6 elu selu "
    "leaky_relu celu hard_sigmoid hard_silu hard_tanh hard_shrink soft_shrink tanh_shrink sparse_plus "
    "sparse_sigmoid squareplus log_sigmoid gelu"
)
_INTEGER = "exp sin tanh floor ceil sqrt log log1p"
_POSITIVE = "log log1p log2 log10 sqrt rsqrt reciprocal"
_ANY = "absolute abs square isnan isinf isfinite logical_not"
_REDUCE = "sum prod mean max min amax amin var std all any argmax argmin count_nonzero"


def _grid(functions: str, arguments: str) -> list[str]:
    calls = arguments.replace(") (", ")\n(").splitlines()
    return [f"{function}{call}" for function in functions.split() for call in calls]


_LISTED = """
floor_divide(f, g)
floor_divide(i, j)
floor_divide(p, 0.3)
mod(f, g)
mod(i, j)
mod(i, -3)
mod(p, float('inf'))
power(p, f)
power(f, 2)
power(i, 2)
power(i, 2.0)
power(2.0, f)
matmul(f, q)
matmul(t, q)
matmul(g, q)
matmul(f, g)
matmul(g, g)
matmul(i, transpose(j))
matmul(c, transpose(c))
dot(f, q)
dot(f, g)
dot(f, 2.0)
dot(g, t[:, :1, :].reshape(2, 4, 1))
clip(f, -0.5, 0.5)
clip(i, -1, 2)
round(z)
round(f, 2)
round(i)
gelu(w, approximate=False)
gelu(f, True)
threshold(f, 0.2, 0.5)
leaky_relu(w, 0.1)
elu(w, 0.5)
celu(w, 2.0)
sum(t, axis=(0, -1))
sum(t, axis=[0, 2], keepdims=True)
mean(t, axis=(0, 1))
var(t, axis=(1, 2), keepdims=True)
max(t, axis=(0, 2))
max(f, initial=1.0)
min(f, axis=1, initial=0.0)
max(f[:0], axis=0, initial=0.5)
all(t, axis=(0, 1))
argmax(t)
argmax(t, keepdims=True)
argmin(t, axis=1, keepdims=True)
argmin(u)
argmax(n, axis=1)
cumsum(f)
cumsum(f, axis=1)
cumsum(i, axis=0)
cumsum(b, axis=1)
cumsum(f, axis=-1, dtype='float16')
sort(f)
sort(r, axis=0)
sort(i, axis=None)
sort(b, axis=1)
argsort(i)
argsort(r, axis=0)
argsort(u, axis=None)
top_k(r, 2)[0]
top_k(r, 2)[1]
top_k(u, 2)[0]
in_top_k(lab, probs, 2)
logsumexp(f)
logsumexp(t, axis=(0, 2))
logsumexp(f, axis=1, keepdims=True)
logsumexp(w * 10)
softmax(f)
softmax(f, axis=0)
softmax(t, axis=(0, 2))
softmax(w)
log_softmax(f, axis=0)
log_softmax(w)
glu(f)
glu(t, axis=0)
normalize(f)
normalize(f, axis=0, order=1)
normalize(f, order=3)
moments(t, axes=[0, 2])[0]
moments(t, axes=[0, 2])[1]
moments(t, axes=[1], keepdims=True)[1]
moments(h, axes=[0])[1]
reshape(f, (2, -1))
reshape(f, [4, 3])
ravel(t)
squeeze(t[:, :1])
squeeze(t[:, :1], axis=1)
expand_dims(f, -1)
expand_dims(f, (0, 2))
transpose(t)
transpose(t, (1, 2, 0))
swapaxes(t, 0, -1)
moveaxis(t, 0, -1)
moveaxis(t, (0, 1), (2, 0))
broadcast_to(g, (2, 3, 4))
flip(t)
flip(t, axis=1)
flip(t, axis=(0, 2))
roll(t, 3)
roll(t, -1, axis=2)
roll(t, (1, 2), axis=(0, 2))
tile(f, 2)
tile(f, (2, 1, 3))
repeat(f, 2)
repeat(f, 2, axis=1)
repeat(f, convert_to_tensor([1, 0, 2]), axis=0)
pad(f, 1)
pad(f, ((1, 2), (0, 3)))
pad(f, ((1, 2), (0, 3)), mode='reflect')
pad(f, ((1, 2), (0, 3)), mode='symmetric')
pad(f, ((1, 0), (0, 1)), constant_values=7)
pad(i, 1)
concatenate([f, f], axis=1)
concatenate([f, i])
concatenate([b, i])
stack([f, f], axis=1)
stack([f, i], axis=-1)
unstack(t, axis=1)[2]
split(f, 2, axis=1)[1]
split(f, [1, 3], axis=1)[1]
split(f, [2])[1]
take(f, k, axis=1)
take(f, m, axis=1)
take(f, [-1, 0], axis=0)
take(f, 2)
take_along_axis(f, argsort(f, axis=1), axis=1)
take_along_axis(f, convert_to_tensor([[0], [1], [-1]]), axis=1)
where(b, f, i)
where(b, f, 0)
where(i > 0, 1.0, 2)
where(b, 1, 2)
slice(t, (0, 1, 2), (2, 2, 1))
slice_update(f, (1, 2), ones((2, 2)))
scatter(convert_to_tensor([[0, 1], [2, 0], [0, 1]]), g[:3], (3, 2))
scatter(convert_to_tensor([[1], [0]]), f[:2], (4, 4))
scatter_update(f, [[0, 1], [2, 3]], [9.0, 8.0])
scatter_update(f, [[0], [2]], ones((2, 4)))
scatter_update(f, [[0, 1], [0, 1]], [9.0, 8.0], reduction='add')
scatter_update(f, [[0, 1], [0, 1]], [0.1, 8.0], reduction='max')
scatter_update(f, [[0, 1], [0, 1]], [9.0, -8.0], reduction='min')
scatter_update(f, [[0, 1], [0, 1]], [9.0, -8.0], reduction='mul')
zeros((2, 3))
ones((2,), dtype='int32')
full((2, 2), 7)
zeros_like(i)
ones_like(f, dtype='bool')
full_like(i, 3)
arange(5)
arange(1, 7, 2)
arange(1.0, 2.0, 0.25)
arange(5, 0, -2)
arange(3, dtype='float32')
linspace(0, 1, 5)
linspace(0.0, 1.0, 4, endpoint=False)
linspace(g, 1.0, 4)
linspace(g, 1.0, 3, axis=-1)
linspace(0, 10, 4, dtype='int32')
eye(3)
eye(2, 4, 1, dtype='int32')
one_hot(k, 3)
one_hot(m, 3, axis=0)
one_hot(m, 3, axis=1, dtype='int32')
tril(f)
tril(t, 1)
triu(f, -1)
triu(i, 1)
isnan(n)
isinf(n)
isfinite(n)
sign(n)
maximum(n, 0.0)
minimum(n, 0.0)
relu(n)
left_shift(j, 2)
right_shift(i, 1)
bitwise_not(i)
bitwise_not(b)
bitwise_invert(u)
cast(f, 'int32')
cast(i, 'bool')
cast(b, 'float32')
convert_to_tensor([1, 2])
convert_to_tensor([1.5, 2])
convert_to_tensor([True, False])
convert_to_tensor([1, 2], dtype='float32')
convert_to_tensor(3)
stop_gradient(f)
cond(True, lambda: f, lambda: f + 1)
cond(b[0, 0], lambda: f + 1, lambda: f - 1)
switch(1, [lambda x: x, lambda x: x * 2], f)
switch(convert_to_tensor(2), [lambda x: x, lambda x: x * 2, lambda x: -x], f)
while_loop(lambda a, x: a < 3, lambda a, x: (a + 1, x * 2), (0, f))[1]
while_loop(lambda a: a < 10, lambda a: (a + 1,), (0,), maximum_iterations=4)[0]
fori_loop(0, 4, lambda a, x: x + 1, f)
scan(lambda carry, x: (carry + x, carry * 2), zeros((4,)), f)[0]
scan(lambda carry, x: (carry + x, carry * 2), zeros((4,)), f, reverse=True)[1]
map(lambda x: x * 2 + 1, f)
vectorized_map(lambda x: sum(x), t)
conv(img, ker)
conv(img, ker, strides=2, padding='same')
conv(img, ker, strides=(1, 2), padding='valid')
conv(img, ker, dilation_rate=2, padding='same')
conv(img, grp, padding='same')
conv(transpose(img, (0, 3, 1, 2)), ker, padding='same', data_format='channels_first')
conv(seq, kseq, strides=2)
max_pool(img, 2, 2)
max_pool(img, (3, 2), strides=2, padding='same')
max_pool(transpose(img, (0, 3, 1, 2)), 2, 2, data_format='channels_first')
max_pool(seq, 2, 2, padding='same')
average_pool(img, 2, 2)
average_pool(img, 3, strides=2, padding='same')
average_pool(transpose(img, (0, 3, 1, 2)), 2, 2, padding='same', data_format='channels_first')
batch_normalization(img, s3, v3, -1)
batch_normalization(img, s3, v3, 3, offset=g, scale=v3, epsilon=1e-2)
batch_normalization(transpose(img, (0, 3, 1, 2)), s3, v3, 1, offset=g)
layer_normalization(f)
layer_normalization(img, v3, s3, epsilon=1e-3)
layer_normalization(t, axis=(1, 2))
layer_normalization(t, ones((3,)), axis=1)
categorical_crossentropy(hot, probs)
categorical_crossentropy(hot, probs, from_logits=True)
categorical_crossentropy(transpose(hot), transpose(probs), axis=0)
categorical_crossentropy(transpose(hot), transpose(probs), from_logits=True, axis=0)
sparse_categorical_crossentropy(lab, probs)
sparse_categorical_crossentropy(lab, probs, from_logits=True)
sparse_categorical_crossentropy(expand_dims(lab, -1), probs)
binary_crossentropy(bits, probs * 0.9)
binary_crossentropy(bits, probs, from_logits=True)
binary_crossentropy(bits[:2], convert_to_tensor([[0.0, 1.0, 0.5], [1.0, 0.0, 0.2]]))
"""

_ALL = [
    *_grid(_BINARY, _PAIRS),
    *_grid("add multiply maximum minimum", "(b, d) (b, i) (b, 2.0)"),
    *_grid(_COMPARE, "(f, g) (i, j) (i, 1) (i, 0.5) (b, d)"),
    *_grid(_LOGIC, "(b, d) (i, b)"),
    *_grid(_BITS, "(i, j) (b, d) (i, 3)"),
    *_grid(_FLOAT, "(w)"),
    *_grid("exp tanh floor sigmoid gelu selu", "(h)"),
    *_grid(_INTEGER, "(j)"),
    *_grid(_POSITIVE, "(p)"),
    *_grid(_ANY, "(f) (i) (b)"),
    *_grid("negative sign", "(f) (i)"),
    *_grid(_REDUCE, "(f) (i, axis=0) (t, axis=-1) (b) (u)"),
    *_grid("sum mean max argmax all var", "(t, axis=1, keepdims=True) (h)"),
    *_LISTED.strip().splitlines(),
]

#: Each call once.
CASES = list(dict.fromkeys(_ALL))

#: Keys of `get_item` for an array of shape (4, 5, 6), as one writes them in brackets.
KEYS = [
    "0", "-1", "1:3", "::2", "::-1", "3:0:-2", "...", "None", "1, 2", "1, 2, 3", ":, 1", "..., 0", "..., None",
    ":, None, 1:3", "0, ..., 1", "None, ..., None", ":, ::-1, 2", "5:2", "-3:", "[0, 2]", ":, [0, 2]",
    ":, [[0, 2], [1, 1]]", "[0, 1], [2, 3]", "[[0], [1]], [2, 3]", "[0, 1], :, [2, 3]", "0, :, [2, 3]",
    ":, 0, [2, 3]", "1:, [0, 2], ::2", "[-1, 0]", "numpy.array([0, 2])", "k", "k, 1:, k",
]  # fmt: skip
