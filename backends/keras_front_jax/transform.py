"""Transform group: JAX's own transformations."""

from __future__ import annotations

import functools as _functools

import jax
import jax.numpy as jnp
from jax import lax

from keras_front.protocol import tree as _tree

from . import runtime


def value_and_grad(fn, /, has_aux: bool = False):
    """``fn(tensors, *args)`` made to return its value and the gradients for ``tensors``."""

    @_functools.wraps(fn, updated=())
    def scalar(tensors, *args):
        result = fn(tensors, *args)
        value, aux = result if has_aux else (result, None)
        shape = jnp.shape(value)
        if shape:
            raise ValueError(
                f"value_and_grad: the function must return a scalar (shape ()), got shape {shape}"
            )
        return (value, aux) if has_aux else value

    return jax.value_and_grad(scalar, has_aux=has_aux)


def stop_gradient(x, /):
    """``x``, which counts as a constant for gradients."""
    return lax.stop_gradient(x)


def custom_gradient(fn, /):
    """A function with the gradient that ``fn(*tensors) -> (result, backward)`` gives it."""

    def ruled(*tensors):
        result, backward = fn(*tensors)

        def pull(upstream):
            gradients = backward(upstream)
            if not isinstance(gradients, (tuple, list)):
                gradients = (gradients,)
            return tuple(map(_cotangent, gradients, tensors))

        return result, pull

    return jax.custom_gradient(ruled)


def _cotangent(gradient, x):
    """What JAX takes as the gradient of ``x``: nothing at all for integers, zeros where none is given."""
    if not jnp.issubdtype(x.dtype, jnp.inexact):
        return jnp.zeros(x.shape, jax.dtypes.float0)
    return jnp.zeros_like(x) if gradient is None else gradient


def compile(fn, /, donate: tuple[int, ...] = ()):
    """``fn`` traced once per signature and compiled whole."""
    return jax.jit(fn, donate_argnums=donate)


def scan(fn, init, xs, /, length: int | None = None, reverse: bool = False):
    """Runs ``carry, y = fn(carry, x)`` over the leading axis of ``xs``."""
    leaves, _ = _tree.flatten(xs)
    lengths = {leaf.shape[0] for leaf in leaves} | ({length} if length is not None else set())
    if len(lengths) != 1:
        raise ValueError(
            f"scan: `xs` and `length` must agree on one number of steps, got {sorted(lengths) or None}"
        )
    if lengths == {0}:
        raise ValueError("scan: there must be at least one step, got 0")
    return lax.scan(fn, init, xs, length=length, reverse=reverse)


def while_loop(condition, body, init, /):
    """Runs ``state = body(*state)`` while ``condition(*state)`` is true."""
    return lax.while_loop(lambda state: condition(*state), lambda state: tuple(body(*state)), tuple(init))


def cond(predicate, true_fn, false_fn, /, *operands):
    """``true_fn(*operands)`` if the predicate is true, else ``false_fn(*operands)``."""
    if not isinstance(predicate, jax.core.Tracer):
        # Known already: tracing and compiling both branches would cost more than running one.
        return true_fn(*operands) if predicate else false_fn(*operands)
    return lax.cond(predicate, true_fn, false_fn, *operands)


def vectorized_map(fn, xs, /):
    """``fn`` applied to each entry of the leading axis of ``xs`` at once."""
    return jax.vmap(fn)(xs)


def checkpoint(fn, /):
    """``fn``, whose inner values are computed again for the gradient instead of kept."""

    @_functools.wraps(fn, updated=())
    def forgetful(*args, **kwargs):
        # Only tensors are traced: flags such as ``training`` stay what they are.
        leaves, structure = _tree.flatten((args, kwargs))
        tensors = [leaf for leaf in leaves if runtime.is_tensor(leaf)]

        def inner(tensors):
            given = iter(tensors)
            filled = [next(given) if runtime.is_tensor(leaf) else leaf for leaf in leaves]
            args, kwargs = _tree.unflatten(structure, filled)
            return fn(*args, **kwargs)

        return jax.checkpoint(inner)(tensors)

    return forgetful
