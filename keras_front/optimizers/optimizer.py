"""`Optimizer`: what changes variables along their gradients."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from itertools import repeat
from operator import is_
from typing import Any

from keras_front.core.convert import cast
from keras_front.core.dispatch import F, backend
from keras_front.core.overlay import Overlay
from keras_front.core.overlay import local as overlay_state
from keras_front.core.state import put
from keras_front.core.tracking import structure
from keras_front.core.variable import Variable
from keras_front.optimizers.clipping import clip_by_global_norm, clip_by_norm, clip_by_value
from keras_front.optimizers.state import OptimizerState, older_arguments
from keras_front.optimizers.update import constrain, fitted, keep, pack, present


class Optimizer(OptimizerState):
    """Base class of optimizers.

    A subclass makes its variables in ``build(variables)`` and updates one variable in
    ``update_step(gradient, variable, learning_rate)``.

    ``learning_rate``: a number, a variable, a `LearningRateSchedule`, or a function without arguments.
    ``weight_decay``: before each update ``v -= v * weight_decay * learning_rate``.  ``clipnorm``: the greatest norm of each
    gradient; ``global_clipnorm``: of all together; ``clipvalue``: the greatest size of an entry (one of the three).
    ``use_ema``: keep moving averages ``a = m * a + (1 - m) * v`` with ``m = ema_momentum`` and give them to the variables
    after every ``ema_overwrite_frequency`` steps (``None``: only when `finalize_variable_values` is called).
    ``loss_scale_factor``: multiplies the loss, and divides the gradients.  ``gradient_accumulation_steps``: update once in
    so many steps, with the mean of their gradients.

    errors: ``ValueError`` naming the argument.

    >>> class Plain(Optimizer):
    ...     def update_step(self, gradient, variable, learning_rate):
    ...         self.assign_sub(variable, gradient * learning_rate)
    >>> v = Variable([1.0, 2.0])
    >>> Plain(0.5).apply([np.array([2.0, 2.0], dtype="float32")], [v])
    >>> v.numpy().tolist()
    [0.0, 1.0]
    """

    def __init__(
        self,
        learning_rate: Any = 0.001,
        weight_decay: float | None = None,
        clipnorm: float | None = None,
        clipvalue: float | None = None,
        global_clipnorm: float | None = None,
        use_ema: bool = False,
        ema_momentum: float = 0.99,
        ema_overwrite_frequency: int | None = None,
        loss_scale_factor: float | None = None,
        gradient_accumulation_steps: int | None = None,
        name: str | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(
            older_arguments(learning_rate, kwargs), weight_decay, clipnorm, clipvalue, global_clipnorm, use_ema,
            ema_momentum, ema_overwrite_frequency, loss_scale_factor, gradient_accumulation_steps, name,
        )  # fmt: skip
        self._trainable_variables: list[Variable] = []
        self._indices: dict[int, int] = {}
        self._like: list[Any] = []
        self._averages: list[Variable] = []
        self._accumulated_gradients: list[Variable] = []
        self._excluded: set[int] = set()
        self._excluded_names: re.Pattern[str] | None = None

    def build(self, variables: Iterable[Variable]) -> None:
        """Makes the variables that updating the given ones takes."""
        variables = list(variables)
        if self.use_ema:
            self._averages = self.add_optimizer_variables(variables, "average")
        if self.gradient_accumulation_steps:
            self._accumulated_gradients = self.add_optimizer_variables(variables, "gradient_accumulator")
        self._indices = {id(variable): i for i, variable in enumerate(variables)}
        self._trainable_variables = variables
        self._like = [(v._value.dtype, tuple(v.shape)) for v in variables]
        pack(variables)
        self.built = True
        structure.changed()

    def _get_variable_index(self, variable: Variable) -> int:
        return self._indices[id(variable)]

    # ------------------------------------------------------------ applying

    def apply_gradients(self, grads_and_vars: Iterable[tuple[Any, Variable]]) -> Variable:
        """One step along gradients given in pairs with their variables; returns the number of steps so far."""
        pairs = list(grads_and_vars)
        self.apply([gradient for gradient, _ in pairs], [variable for _, variable in pairs])
        return self._iterations

    def apply(self, grads: Iterable[Any], trainable_variables: Iterable[Variable] | None = None) -> None:
        """One step along gradients of the variables (default: those it was built with).

        A gradient that is ``None`` leaves its variable as it is, with a warning.

        errors: ``ValueError`` for another number of gradients than variables, for gradients of another shape, and for
        variables that it was not built with.
        """
        grads = list(grads)
        if not grads:
            return
        variables = self._trainable_variables
        if trainable_variables is not None:
            given = list(trainable_variables)
            if not self.built:
                self.build(given)
            variables = self._trainable_variables
            if len(given) != len(variables) or not all(map(is_, given, variables)):
                self._check_known(given)
                variables = given
        elif not self.built:
            raise ValueError(
                "`trainable_variables` must be given the first time, or call `optimizer.build(variables)` before"
            )
        if len(grads) != len(variables):
            raise ValueError(
                f"`grads` holds {len(grads)} gradients, but there are {len(variables)} variables: give one for each"
            )
        if any(map(is_, grads, repeat(None))):
            grads, variables = present(grads, variables)
        like = self._like if variables is self._trainable_variables else self._like_of(variables)
        if [(getattr(g, "dtype", None), getattr(g, "shape", None)) for g in grads] != like:
            grads = fitted(grads, variables)
        if self.loss_scale_factor is not None:
            grads = [F.divide(g, float(self.loss_scale_factor)) for g in grads]
        if self.gradient_accumulation_steps:
            F.no_gradient(self._accumulate)(grads, variables)
        else:
            self._update(grads, variables)
        if self.use_ema:
            F.no_gradient(self._average)()
        if [v for v in variables if v._constraint is not None]:
            F.no_gradient(constrain)(variables)
        put(self._iterations, F.add(self._iterations.stored, 1))

    def _check_known(self, variables: Sequence[Any]) -> None:
        for variable in variables:
            if id(variable) not in self._indices:
                name = getattr(variable, "path", repr(variable))
                raise ValueError(
                    f"this optimizer was not built with the variable {name!r}: make a new optimizer for a new set of "
                    "variables (or compile the model again), or call `optimizer.build` with all of them before the first step"
                )

    def _like_of(self, variables: Sequence[Variable]) -> list[Any]:
        return [self._like[self._indices[id(v)]] for v in variables]

    def _update(self, grads: list[Any], variables: list[Variable]) -> None:
        """Clips, decays, updates."""
        if self.clipnorm is not None and self.clipnorm > 0:
            grads = [clip_by_norm(g, self.clipnorm) for g in grads]
        elif self.global_clipnorm is not None and self.global_clipnorm > 0:
            grads = clip_by_global_norm(grads, self.global_clipnorm)
        elif self.clipvalue is not None and self.clipvalue > 0:
            grads = [clip_by_value(g, self.clipvalue) for g in grads]
        if self.weight_decay is not None:
            self._decay(variables)
        self.update_steps(grads, variables, self._rate())

    def update_steps(self, gradients: list[Any], variables: list[Variable], learning_rate: Any) -> None:
        """Updates all variables; ``learning_rate`` is a 0-d ``float32`` tensor.

        A subclass overrides it where one call can update them all, else `update_step`.
        """
        update = F.no_gradient(self.update_step)
        for gradient, variable in zip(gradients, variables, strict=True):
            update(gradient, variable, cast(learning_rate, variable.dtype))

    def update_step(self, gradient: Any, variable: Variable, learning_rate: Any) -> None:
        """Updates one variable; a subclass defines it."""
        raise NotImplementedError(
            f"{type(self).__name__} must define `update_step(self, gradient, variable, learning_rate)`"
        )

    def _values(self, variables: Sequence[Variable]) -> list[Any]:
        """The tensors of variables, to be given away to an update."""
        if overlay_state.overlay is None:
            return [v._value for v in variables]
        values = [v.stored for v in variables]
        # An overlay leaves the variables as they are, so an update in place must get copies.
        return (
            values if backend.traits.compiled else [F.stop_gradient(F.multiply(value, 1)) for value in values]
        )

    def _slots(self, slots: list[Variable], variables: list[Variable]) -> list[Variable]:
        """Those of the optimizer's variables that belong to the given ones."""
        if variables is self._trainable_variables:
            return slots
        return [slots[self._indices[id(v)]] for v in variables]

    # ------------------------------------------------------------ what can be added to an update

    def exclude_from_weight_decay(
        self, var_list: Iterable[Variable] | None = None, var_names: Iterable[str] | None = None
    ) -> None:
        """Leaves variables out of the weight decay: those listed, and those with one of the patterns in their names.

        errors: ``ValueError`` after the optimizer was built.
        """
        if self.built:
            raise ValueError("`exclude_from_weight_decay()` must be called before the optimizer is built")
        self._excluded = {id(v) for v in var_list or ()}
        names = sorted(set(var_names or ()))
        self._excluded_names = re.compile("|".join(names)) if names else None

    def _use_weight_decay(self, variable: Variable) -> bool:
        if id(variable) in self._excluded:
            return False
        return self._excluded_names is None or self._excluded_names.search(variable.name) is None

    def _decay(self, variables: list[Variable]) -> None:
        """``v -= v * weight_decay * learning_rate``: a step of gradient descent along the values themselves."""
        if self._excluded or self._excluded_names is not None:
            variables = [v for v in variables if self._use_weight_decay(v)]
        if variables and self.weight_decay:
            values = self._values(variables)
            new, _ = F.sgd_update(values, values, None, F.multiply(self._rate(), float(self.weight_decay)))
            keep(variables, values, new)

    def _accumulate(self, grads: list[Any], variables: list[Variable]) -> None:
        """Adds to the gathered gradients; in the last of so many steps, updates with their mean."""
        steps = self.gradient_accumulation_steps
        assert steps is not None
        held = self._slots(self._accumulated_gradients, variables)
        sums = [F.add(v.stored, g) for v, g in zip(held, grads, strict=True)]
        count = F.add(self._iterations.stored, 1)
        last = F.equal(F.multiply(F.floor_divide(count, steps), steps), count)
        if not backend.traits.compiled:
            if bool(last):
                self._update([F.divide(total, float(steps)) for total in sums], variables)
                sums = [F.multiply(total, 0.0) for total in sums]
            for variable, total in zip(held, sums, strict=True):
                put(variable, total)
            return
        with Overlay() as overlay:
            self._update([F.divide(total, float(steps)) for total in sums], variables)
            updates = overlay.updates
        for variable, new in updates:
            put(variable, F.where(last, new, variable.stored))
        for variable, total in zip(held, sums, strict=True):
            put(variable, F.where(last, 0.0, total))

    def _average(self) -> None:
        """Moves the averages towards the variables, and in some steps the variables to the averages."""
        count = F.floor_divide(self._iterations.stored, self.gradient_accumulation_steps or 1)
        momentum = F.multiply(F.astype(F.not_equal(count, 0), "float32"), float(self.ema_momentum))
        pairs = list(zip(self._trainable_variables, self._averages, strict=True))
        for variable, average in pairs:
            old, value = average.stored, variable.stored
            share = cast(momentum, average._dtype)
            rest = F.multiply(F.subtract(1.0, share), value)
            put(average, F.add(F.multiply(share, old), rest))
        often = self.ema_overwrite_frequency
        if often:
            count = F.add(count, 1)
            now = F.equal(F.multiply(F.floor_divide(count, often), often), count)
            if backend.traits.compiled:
                for variable, average in pairs:
                    put(variable, F.where(now, average.stored, variable.stored))
            elif bool(now):
                self.finalize_variable_values(self._trainable_variables)

    def finalize_variable_values(self, var_list: Sequence[Variable]) -> None:
        """Gives the variables their moving averages, if the optimizer keeps some.

        errors: ``ValueError`` for variables that it was not built with.
        """
        if self.use_ema:
            self._check_known(var_list)
            for variable in var_list:
                # By way of a new tensor: variable and average must not become one.
                put(variable, F.multiply(self._averages[self._indices[id(variable)]].stored, 1))

    def scale_loss(self, loss: Any) -> Any:
        """The loss times ``loss_scale_factor``."""
        return loss if self.loss_scale_factor is None else F.multiply(loss, float(self.loss_scale_factor))

    def stateless_apply(
        self,
        optimizer_variables: Sequence[Any],
        grads: Sequence[Any],
        trainable_variables: Sequence[Any],
    ) -> tuple[list[Any], list[Any]]:
        """`apply` as a pure function: from values of the variables and of `variables` to their new values.

        errors: ``ValueError`` before `build`, and for another number of values than variables.
        """
        if not self.built:
            raise ValueError(
                "`stateless_apply` needs a built optimizer: call `optimizer.build(variables)` first"
            )
        for what, values, variables in (
            ("optimizer_variables", optimizer_variables, self._variables),
            ("trainable_variables", trainable_variables, self._trainable_variables),
        ):
            if len(values) != len(variables):
                raise ValueError(
                    f"`{what}` must hold a tensor for each of the {len(variables)} variables, got {len(values)}"
                )
        held = [*self._trainable_variables, *self._variables]
        with Overlay(held, [*trainable_variables, *optimizer_variables]) as overlay:
            self.apply(grads)
            values = [overlay.read(variable) for variable in held]
        count = len(self._trainable_variables)
        return values[:count], values[count:]
