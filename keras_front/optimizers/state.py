"""What an optimizer keeps: its variables, its learning rate, its configuration."""

from __future__ import annotations

import warnings
from collections.abc import Mapping, Sequence
from typing import Any, TypeVar

import numpy as np

from keras_front import initializers
from keras_front.core import settings
from keras_front.core.convert import cast
from keras_front.core.dispatch import F
from keras_front.core.naming import auto_name, name_scope
from keras_front.core.tracking import structure
from keras_front.core.variable import Variable
from keras_front.optimizers.schedules import InverseTimeDecay, LearningRateSchedule
from keras_front.optimizers.schedules import deserialize as deserialize_schedule
from keras_front.optimizers.schedules import serialize as serialize_schedule
from keras_front.optimizers.update import pack
from keras_front.utils.deprecation import warn_renamed

Self = TypeVar("Self", bound="OptimizerState")


class OptimizerState:
    """The part of an optimizer that is no update; arguments as `Optimizer` describes them."""

    _tracked_as = "optimizer"

    def __init__(
        self,
        learning_rate: Any,
        weight_decay: float | None,
        clipnorm: float | None,
        clipvalue: float | None,
        global_clipnorm: float | None,
        use_ema: bool,
        ema_momentum: float,
        ema_overwrite_frequency: int | None,
        loss_scale_factor: float | None,
        gradient_accumulation_steps: int | None,
        name: str | None,
    ) -> None:
        self.name = name if name is not None else auto_name(type(self))
        self.weight_decay = weight_decay
        self.clipnorm, self.clipvalue, self.global_clipnorm = clipnorm, clipvalue, global_clipnorm
        self.use_ema, self.ema_momentum = use_ema, ema_momentum
        self.ema_overwrite_frequency = ema_overwrite_frequency
        self.loss_scale_factor = loss_scale_factor
        self.gradient_accumulation_steps = gradient_accumulation_steps
        self._check_arguments()
        self.built = False
        self._variables: list[Variable] = []
        self._iterations = self._own_variable(0, "iteration", "int32")
        self._learning_rate: Any = self._as_learning_rate(learning_rate)

    def _check_arguments(self) -> None:
        clips = {name: getattr(self, name) for name in ("clipnorm", "clipvalue", "global_clipnorm")}
        if sum(value is not None for value in clips.values()) > 1:
            raise ValueError(
                f"only one of `clipnorm`, `clipvalue` and `global_clipnorm` can be given, got {clips}"
            )
        steps = self.gradient_accumulation_steps
        if steps and steps < 2:
            raise ValueError(f"`gradient_accumulation_steps` must be an integer of at least 2, got {steps!r}")
        if self.use_ema and not 0 <= self.ema_momentum <= 1:
            raise ValueError(f"`ema_momentum` must be from 0 to 1, got {self.ema_momentum!r}")
        often = self.ema_overwrite_frequency
        if self.use_ema and often and (not isinstance(often, int) or often < 1):
            raise ValueError(
                f"`ema_overwrite_frequency` must be an integer of at least 1 or None, got {often!r}"
            )

    # ------------------------------------------------------------ variables

    def _own_variable(self, value: Any, name: str, dtype: str) -> Variable:
        with name_scope(self.name):
            variable = Variable(
                np.asarray(value), dtype=dtype, trainable=False, aggregation="only_first_replica", name=name
            )
        self._variables.append(variable)
        return variable

    @property
    def variables(self) -> list[Variable]:
        """Its own variables: iteration, learning rate, then what `build` made."""
        return list(self._variables)

    @property
    def iterations(self) -> Any:
        """How many updates it has made (with accumulated gradients: not counting the steps between)."""
        steps = self.gradient_accumulation_steps
        return F.floor_divide(self._iterations.stored, steps) if steps else self._iterations

    @iterations.setter
    def iterations(self, value: Any) -> None:
        self._iterations.assign(value)

    def add_variable(
        self,
        shape: Sequence[int],
        initializer: Any = "zeros",
        dtype: Any = None,
        aggregation: str = "none",
        layout: Any = None,
        name: str | None = None,
    ) -> Variable:
        """Makes a variable of the optimizer; ``initializer`` as for layers."""
        shape, given = tuple(shape), None
        if initializer is None or initializer == "zeros":
            # From the host: in a trace too, a variable must begin with a value.
            dtype = dtype or settings.floatx()
            initializer = np.zeros(shape, dtype="float32")
        else:
            initializer, given = initializers.get(initializer), shape
        with name_scope(self.name):
            variable = Variable(
                initializer, given, dtype, trainable=False, aggregation=aggregation, name=name
            )
        self._variables.append(variable)
        return variable

    def add_variable_from_reference(
        self, reference_variable: Variable, name: str | None = None, initializer: Any = "zeros"
    ) -> Variable:
        """Makes a variable of the shape and dtype of another, called after it."""
        return self.add_variable(
            reference_variable.shape,
            initializer,
            reference_variable.dtype,
            name=f"{reference_variable.path.replace('/', '_')}_{name or 'var'}",
        )

    def add_optimizer_variables(
        self, trainable_variables: Sequence[Variable], name: str | Sequence[str], initializer: Any = "zeros"
    ) -> Any:
        """Makes a variable for each of the given ones; for several names, a list for each name."""
        names = [name] if isinstance(name, str) else list(name)
        several = isinstance(initializer, (list, tuple))
        starts = list(initializer) if several else [initializer] * len(names)
        if len(starts) != len(names):
            raise ValueError(
                f"`initializer` must be one, or as many as the {len(names)} names, got {len(starts)}"
            )
        lists: list[list[Variable]] = [[] for _ in names]
        for variable in trainable_variables:
            for made, each, start in zip(lists, names, starts, strict=True):
                made.append(self.add_variable_from_reference(variable, each, start))
        for made in lists:
            pack(made)
        return lists[0] if isinstance(name, str) else tuple(lists)

    def assign(self, variable: Variable, value: Any) -> None:
        """Sets a variable, the model's or its own."""
        variable.assign(value)

    def assign_add(self, variable: Variable, value: Any) -> None:
        """Adds to a variable, the model's or its own."""
        variable.assign_add(value)

    def assign_sub(self, variable: Variable, value: Any) -> None:
        """Subtracts from a variable, the model's or its own."""
        variable.assign_sub(value)

    # ------------------------------------------------------------ learning rate

    def _as_learning_rate(self, value: Any) -> Any:
        if isinstance(value, Variable):
            self._variables.append(value)
            return value
        if callable(value):
            return value
        try:
            number = float(value)
        except (TypeError, ValueError) as error:
            raise ValueError(
                "`learning_rate` must be a number, a variable, a LearningRateSchedule or a function without arguments, "
                f"got {value!r}"
            ) from error
        return self._own_variable(number, "learning_rate", settings.floatx())

    @property
    def learning_rate(self) -> Any:
        """The present learning rate: its variable, or what the schedule or function gives now."""
        rate = self._learning_rate
        if isinstance(rate, LearningRateSchedule):
            return rate(self._iterations)
        return rate if isinstance(rate, Variable) else rate()

    @learning_rate.setter
    def learning_rate(self, value: Any) -> None:
        held = self._learning_rate
        if not callable(value):
            if isinstance(held, LearningRateSchedule):
                raise TypeError(
                    "the learning rate cannot be set: this optimizer was made with a LearningRateSchedule. Make it with a "
                    "number, or set another schedule"
                )
            if not isinstance(held, Variable):
                self._learning_rate = self._as_learning_rate(value)
                structure.changed()
                return
            held.assign(value)
            return
        if isinstance(held, Variable):
            self._variables = [v for v in self._variables if v is not held]
        self._learning_rate = value
        # Steps compiled with the old one no longer hold.
        structure.changed()

    @property
    def lr(self) -> Any:
        """`learning_rate` under its name of 2019."""
        warn_renamed("`optimizer.lr`", "`optimizer.learning_rate`")
        return self.learning_rate

    @lr.setter
    def lr(self, value: Any) -> None:
        warn_renamed("`optimizer.lr`", "`optimizer.learning_rate`")
        self.learning_rate = value

    def _rate(self) -> Any:
        """The learning rate as a 0-d tensor of ``float32``, as the protocol's updates take it."""
        rate = self._learning_rate
        if isinstance(rate, Variable):
            value = rate.stored
            return value if rate._dtype == "float32" else F.astype(value, "float32")
        return cast(self.learning_rate, "float32")

    # ------------------------------------------------------------ saving

    def set_weights(self, weights: Sequence[Any]) -> None:
        """Sets its variables, in the order of `variables`.

        errors: ``ValueError`` before `build`, and for another number of values.
        """
        if not self.built:
            raise ValueError("`set_weights` needs a built optimizer: call `optimizer.build(variables)` first")
        if len(weights) != len(self._variables):
            raise ValueError(
                f"`weights` must hold {len(self._variables)} values, one for each variable, got {len(weights)}"
            )
        for variable, value in zip(self._variables, weights, strict=True):
            variable.assign(value)

    def save_own_variables(self, store: Any) -> None:
        """Puts its variables into a store of arrays, under their numbers."""
        for i, variable in enumerate(self._variables):
            store[str(i)] = variable.numpy()

    def load_own_variables(self, store: Mapping[str, Any]) -> None:
        """Takes its variables from a store; one of another number of variables is left aside, with a warning."""
        if len(store.keys()) != len(self._variables):
            hint = "" if self.built else " (it is not built yet: call `optimizer.build(variables)` first)"
            warnings.warn(
                f"the state of optimizer {self.name!r} was not loaded: the file holds {len(store.keys())} variables, the "
                f"optimizer {len(self._variables)}{hint}",
                stacklevel=2,
            )
            return
        for i, variable in enumerate(self._variables):
            variable.assign(np.asarray(store[str(i)]))

    def get_config(self) -> dict[str, Any]:
        """The arguments that make an equal optimizer."""
        rate = self._learning_rate
        if isinstance(rate, Variable):
            rate = float(rate.numpy())
        elif isinstance(rate, LearningRateSchedule):
            rate = serialize_schedule(rate)
        return {
            "name": self.name,
            "learning_rate": rate,
            "weight_decay": self.weight_decay,
            "clipnorm": self.clipnorm,
            "global_clipnorm": self.global_clipnorm,
            "clipvalue": self.clipvalue,
            "use_ema": self.use_ema,
            "ema_momentum": self.ema_momentum,
            "ema_overwrite_frequency": self.ema_overwrite_frequency,
            "loss_scale_factor": self.loss_scale_factor,
            "gradient_accumulation_steps": self.gradient_accumulation_steps,
        }

    @classmethod
    def from_config(
        cls: type[Self], config: dict[str, Any], custom_objects: dict[str, Any] | None = None
    ) -> Self:
        """The optimizer with these arguments."""
        if isinstance(config.get("learning_rate"), dict):
            rate = deserialize_schedule(config["learning_rate"], custom_objects)
            config = {**config, "learning_rate": rate}
        return cls(**config)

    def __repr__(self) -> str:
        return f"<{type(self).__name__} name={self.name}>"


def older_arguments(learning_rate: Any, kwargs: dict[str, Any]) -> Any:
    """The learning rate, with the arguments of 2019 taken into account.

    errors: ``ValueError`` for other arguments.
    """
    if "lr" in kwargs:
        _warn("`lr`", "`learning_rate`")
        learning_rate = kwargs.pop("lr")
    decay = kwargs.pop("decay", None)
    if decay is not None:
        _warn("`decay`", "`learning_rate=keras.optimizers.schedules.InverseTimeDecay(...)`")
        if decay:
            learning_rate = InverseTimeDecay(float(learning_rate), decay_steps=1, decay_rate=decay)
    if kwargs:
        raise ValueError(f"unknown argument(s) of an optimizer: {', '.join(sorted(kwargs))}")
    return learning_rate


def _warn(old: str, new: str) -> None:
    warnings.warn(f"{old} is the old spelling of {new}; use the new one", DeprecationWarning, stacklevel=5)
