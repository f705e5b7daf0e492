"""Gradients with respect to variables: the heart of every training step, built-in or custom."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from keras_front.core.dispatch import F
from keras_front.core.overlay import Overlay
from keras_front.core.variable import Variable


def value_and_grad(
    fn: Callable[..., Any], variables: Iterable[Variable] | Variable, has_aux: bool = False
) -> Callable[..., tuple[Any, Any]]:
    """Makes of ``fn(*args)`` a function that returns its value and the gradients with respect to variables.

    ``fn`` returns a scalar loss, with ``has_aux`` a pair ``(loss, aux)``; ``aux`` is any tree and comes back beside the
    value: ``((loss, aux), gradients)``.  Gradients come in the order of ``variables`` (for a single variable, just the
    one); a variable with no part in the loss gets zeros.  What ``fn`` assigns to other variables (moving averages,
    seeds) is kept.

    shape: a gradient has its variable's.  dtype: a gradient has its variable's.
    errors: ``TypeError`` if ``variables`` holds anything else; ``ValueError`` if the loss is no scalar.

    >>> v = keras.Variable([1.0, 2.0])
    >>> loss, grads = value_and_grad(lambda x: keras.ops.sum(v * v * x), [v])(3.0)
    >>> float(loss), [float(g) for g in grads[0]]
    (15.0, [6.0, 12.0])
    """
    single = isinstance(variables, Variable)
    targets: list[Variable] = [variables] if isinstance(variables, Variable) else list(variables)
    for variable in targets:
        if not isinstance(variable, Variable):
            raise TypeError(
                f"`variables` must be Variables, such as `model.trainable_variables`, got {variable!r:.120}"
            )
    assigned: list[Variable] = []

    def pure(values: list[Any], args: tuple[Any, ...], kwargs: dict[str, Any]) -> tuple[Any, Any]:
        with Overlay(targets, values) as overlay:
            result = fn(*args, **kwargs)
            value, aux = result if has_aux else (result, None)
            updates = overlay.updates
        assigned[:] = [variable for variable, _ in updates]
        return value, (aux, [new for _, new in updates])

    run = F.value_and_grad(pure, has_aux=True)

    def value_and_gradients(*args: Any, **kwargs: Any) -> tuple[Any, Any]:
        (value, (aux, updates)), gradients = run([v.stored for v in targets], args, kwargs)
        for variable, new in zip(assigned, updates, strict=True):
            variable.assign(new)
        return (value, aux) if has_aux else value, gradients[0] if single else gradients

    return value_and_gradients


def grad(
    fn: Callable[..., Any], variables: Iterable[Variable] | Variable, has_aux: bool = False
) -> Callable[..., Any]:
    """Makes of ``fn(*args)`` a function that returns the gradients of its value with respect to variables.

    As `value_and_grad`, without the value; with ``has_aux`` it returns ``(gradients, aux)``.

    >>> v = keras.Variable([1.0, 2.0])
    >>> [float(g) for g in grad(lambda: keras.ops.sum(v * v), v)()]
    [2.0, 4.0]
    """
    both = value_and_grad(fn, variables, has_aux)

    def gradients(*args: Any, **kwargs: Any) -> Any:
        value, found = both(*args, **kwargs)
        return (found, value[1]) if has_aux else found

    return gradients
