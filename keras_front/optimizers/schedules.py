"""`keras.optimizers.schedules`: learning rates that change with the steps."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any, TypeVar

from keras_front.core.convert import cast, to_tensor
from keras_front.core.dispatch import F
from keras_front.core.identifiers import Identifiers

Self = TypeVar("Self", bound="LearningRateSchedule")


class LearningRateSchedule:
    """Base class of learning rates that change: a function of the number of steps so far.

    A subclass defines ``__call__(step)`` and ``get_config()``.

    >>> class Halved(LearningRateSchedule):
    ...     def __call__(self, step):
    ...         return 1.0 / (1 + keras.ops.cast(step, "float32"))
    >>> float(Halved()(1))
    0.5
    """

    def __call__(self, step: Any) -> Any:
        """The learning rate after ``step`` steps.  shape: ``()``.  dtype: ``float32``."""
        raise NotImplementedError(f"{type(self).__name__} must define `__call__(self, step)`")

    def get_config(self) -> dict[str, Any]:
        """The arguments that make an equal schedule."""
        raise NotImplementedError(f"{type(self).__name__} must define `get_config(self)` to be saved")

    @classmethod
    def from_config(cls: type[Self], config: dict[str, Any]) -> Self:
        """The schedule with these arguments."""
        return cls(**config)


def _check_steps(decay_steps: Any) -> None:
    if decay_steps <= 0:
        raise ValueError(f"`decay_steps` must be greater than 0, got {decay_steps!r}")


class ExponentialDecay(LearningRateSchedule):
    """``initial * decay_rate ** (step / decay_steps)``; with ``staircase`` the exponent is rounded down.

    errors: ``ValueError`` for ``decay_steps`` of 0 or less.

    >>> float(ExponentialDecay(0.5, decay_steps=10, decay_rate=0.5)(10))
    0.25
    """

    def __init__(
        self,
        initial_learning_rate: float,
        decay_steps: float,
        decay_rate: float,
        staircase: bool = False,
        name: str = "ExponentialDecay",
    ) -> None:
        _check_steps(decay_steps)
        self.initial_learning_rate, self.decay_steps = initial_learning_rate, decay_steps
        self.decay_rate, self.staircase, self.name = decay_rate, staircase, name

    def __call__(self, step: Any) -> Any:
        """The learning rate after ``step`` steps."""
        done = F.divide(cast(step, "float32"), float(self.decay_steps))
        if self.staircase:
            done = F.floor(done)
        base = F.full((), float(self.decay_rate), dtype="float32")
        return F.multiply(F.pow(base, done), float(self.initial_learning_rate))

    def get_config(self) -> dict[str, Any]:
        """The arguments that make an equal schedule."""
        return {
            "initial_learning_rate": self.initial_learning_rate,
            "decay_steps": self.decay_steps,
            "decay_rate": self.decay_rate,
            "staircase": self.staircase,
            "name": self.name,
        }


class PiecewiseConstantDecay(LearningRateSchedule):
    """``values[i]`` as long as ``step <= boundaries[i]``, after the last boundary the last value.

    errors: ``ValueError`` unless there is one value more than boundaries.

    >>> float(PiecewiseConstantDecay([10, 20], [1.0, 0.5, 0.25])(11))
    0.5
    """

    def __init__(
        self, boundaries: Sequence[float], values: Sequence[float], name: str = "PiecewiseConstant"
    ) -> None:
        if len(boundaries) != len(values) - 1:
            raise ValueError(
                f"`values` must hold one entry more than `boundaries`, got {len(values)} and {len(boundaries)}"
            )
        self.boundaries, self.values, self.name = boundaries, values, name

    def __call__(self, step: Any) -> Any:
        """The learning rate after ``step`` steps."""
        step = to_tensor(step)
        rate = F.full((), float(self.values[-1]), dtype="float32")
        for boundary, value in zip(reversed(self.boundaries), reversed(self.values[:-1]), strict=True):
            # Boundaries between integers are cut to integers with the step's dtype.
            limit = cast(F.full((), boundary, dtype="float32"), F.dtype_of(step))
            rate = F.where(F.less_equal(step, limit), float(value), rate)
        return rate

    def get_config(self) -> dict[str, Any]:
        """The arguments that make an equal schedule."""
        return {"boundaries": self.boundaries, "values": self.values, "name": self.name}


class PolynomialDecay(LearningRateSchedule):
    """``(initial - end) * (1 - step / decay_steps) ** power + end``, and ``end`` from ``decay_steps`` on.

    With ``cycle`` ``decay_steps`` grows to the next of its multiples each time it is reached.

    errors: ``ValueError`` for ``decay_steps`` of 0 or less.

    >>> float(PolynomialDecay(1.0, decay_steps=10, end_learning_rate=0.5)(5))
    0.75
    """

    def __init__(
        self,
        initial_learning_rate: float,
        decay_steps: float,
        end_learning_rate: float = 0.0001,
        power: float = 1.0,
        cycle: bool = False,
        name: str = "PolynomialDecay",
    ) -> None:
        _check_steps(decay_steps)
        self.initial_learning_rate, self.decay_steps = initial_learning_rate, decay_steps
        self.end_learning_rate, self.power, self.cycle, self.name = end_learning_rate, power, cycle, name

    def __call__(self, step: Any) -> Any:
        """The learning rate after ``step`` steps."""
        done = F.divide(cast(step, "float32"), float(self.decay_steps))
        if self.cycle:
            rounds = F.negative(F.floor(F.negative(done)))
            done = F.divide(done, F.maximum(rounds, 1.0))
        else:
            done = F.minimum(done, 1.0)
        left = F.pow(F.subtract(1.0, done), float(self.power))
        span = float(self.initial_learning_rate) - float(self.end_learning_rate)
        return F.add(F.multiply(left, span), float(self.end_learning_rate))

    def get_config(self) -> dict[str, Any]:
        """The arguments that make an equal schedule."""
        return {
            "initial_learning_rate": self.initial_learning_rate,
            "decay_steps": self.decay_steps,
            "end_learning_rate": self.end_learning_rate,
            "power": self.power,
            "cycle": self.cycle,
            "name": self.name,
        }


class InverseTimeDecay(LearningRateSchedule):
    """``initial / (1 + decay_rate * step / decay_steps)``; with ``staircase`` the quotient is rounded down.

    errors: ``ValueError`` for ``decay_steps`` of 0 or less.

    >>> float(InverseTimeDecay(1.0, decay_steps=1, decay_rate=0.5)(2))
    0.5
    """

    def __init__(
        self,
        initial_learning_rate: float,
        decay_steps: float,
        decay_rate: float,
        staircase: bool = False,
        name: str = "InverseTimeDecay",
    ) -> None:
        _check_steps(decay_steps)
        self.initial_learning_rate, self.decay_steps = initial_learning_rate, decay_steps
        self.decay_rate, self.staircase, self.name = decay_rate, staircase, name

    def __call__(self, step: Any) -> Any:
        """The learning rate after ``step`` steps."""
        done = F.divide(cast(step, "float32"), float(self.decay_steps))
        if self.staircase:
            done = F.floor(done)
        slower = F.add(F.multiply(done, float(self.decay_rate)), 1.0)
        return F.divide(float(self.initial_learning_rate), slower)

    def get_config(self) -> dict[str, Any]:
        """The arguments that make an equal schedule."""
        return {
            "initial_learning_rate": self.initial_learning_rate,
            "decay_steps": self.decay_steps,
            "decay_rate": self.decay_rate,
            "staircase": self.staircase,
            "name": self.name,
        }


class CosineDecay(LearningRateSchedule):
    """``initial * ((1 - alpha) * (1 + cos(pi * step / decay_steps)) / 2 + alpha)``, after that ``alpha * initial``.

    With ``warmup_target`` the rate first goes in a line from ``initial_learning_rate`` to it, in ``warmup_steps``, and the
    cosine begins there.

    errors: ``ValueError`` for ``decay_steps`` of 0 or less.
    source: Loshchilov and Hutter, arXiv:1608.03983.

    >>> round(float(CosineDecay(1.0, decay_steps=10)(5)), 4)
    0.5
    """

    def __init__(
        self,
        initial_learning_rate: float,
        decay_steps: float,
        alpha: float = 0.0,
        name: str = "CosineDecay",
        warmup_target: float | None = None,
        warmup_steps: float = 0,
    ) -> None:
        _check_steps(decay_steps)
        self.initial_learning_rate, self.decay_steps, self.alpha = initial_learning_rate, decay_steps, alpha
        self.name, self.warmup_target, self.warmup_steps = name, warmup_target, warmup_steps

    def __call__(self, step: Any) -> Any:
        """The learning rate after ``step`` steps."""
        step = cast(step, "float32")
        begin, target = float(self.initial_learning_rate), self.warmup_target
        if target is None:
            return self._decayed(step, begin)
        warmup = float(self.warmup_steps)
        late = self._decayed(F.subtract(step, warmup), float(target))
        if not warmup:
            return late
        early = F.add(F.multiply(F.divide(step, warmup), float(target) - begin), begin)
        return F.where(F.less(step, warmup), early, late)

    def _decayed(self, step: Any, begin: float) -> Any:
        done = F.divide(F.minimum(step, float(self.decay_steps)), float(self.decay_steps))
        wave = F.multiply(F.add(F.cos(F.multiply(done, math.pi)), 1.0), 0.5)
        return F.multiply(F.add(F.multiply(wave, 1.0 - self.alpha), float(self.alpha)), begin)

    def get_config(self) -> dict[str, Any]:
        """The arguments that make an equal schedule."""
        return {
            "initial_learning_rate": self.initial_learning_rate,
            "decay_steps": self.decay_steps,
            "alpha": self.alpha,
            "name": self.name,
            "warmup_target": self.warmup_target,
            "warmup_steps": self.warmup_steps,
        }


_identifiers = Identifiers(
    "schedule",
    "keras.optimizers.schedules",
    {
        "ExponentialDecay": ExponentialDecay, "PiecewiseConstantDecay": PiecewiseConstantDecay,
        "PolynomialDecay": PolynomialDecay, "InverseTimeDecay": InverseTimeDecay, "CosineDecay": CosineDecay,
    },
)  # fmt: skip


def serialize(learning_rate_schedule: Any) -> Any:
    """The configuration of a schedule.

    >>> serialize(CosineDecay(1.0, 10))["class_name"]
    'CosineDecay'
    """
    return _identifiers.serialize(learning_rate_schedule)


def deserialize(config: Any, custom_objects: dict[str, Any] | None = None) -> Any:
    """The schedule of a configuration.

    errors: ``ValueError`` for an unknown name or a malformed configuration.

    >>> deserialize(serialize(CosineDecay(1.0, 10))).decay_steps
    10
    """
    return _identifiers.deserialize(config, custom_objects)


__all__ = [
    "CosineDecay",
    "ExponentialDecay",
    "InverseTimeDecay",
    "LearningRateSchedule",
    "PiecewiseConstantDecay",
    "PolynomialDecay",
    "deserialize",
    "serialize",
]
