"""Gradient descent."""

from __future__ import annotations

from typing import Any

from keras_front.core.variable import Variable
from keras_front.optimizers.optimizer import Optimizer
from keras_front.optimizers.update import engine, keep


class SGD(Optimizer):
    """Gradient descent with momentum.

    ``v = momentum * v - lr * g``; ``w = w + v``, with ``nesterov`` ``w = w + momentum * v - lr * g``.

    ``learning_rate``: default 0.01.  ``momentum``: 0 to 1.  Other arguments as `Optimizer`.

    errors: ``ValueError`` naming the argument.
    source: Sutskever et al., ICML 2013.

    >>> w = Variable([1.0, 2.0])
    >>> SGD(0.5).apply([np.array([2.0, 2.0], dtype="float32")], [w])
    >>> w.numpy().tolist()
    [0.0, 1.0]
    """

    def __init__(
        self,
        learning_rate: Any = 0.01,
        momentum: float = 0.0,
        nesterov: bool = False,
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
            learning_rate, weight_decay, clipnorm, clipvalue, global_clipnorm, use_ema, ema_momentum,
            ema_overwrite_frequency, loss_scale_factor, gradient_accumulation_steps, name, **kwargs,
        )  # fmt: skip
        if not isinstance(momentum, (int, float)) or not 0 <= momentum <= 1:
            raise ValueError(f"`momentum` must be a number from 0 to 1, got {momentum!r}")
        self.momentum, self.nesterov = momentum, nesterov
        self.momentums: list[Variable] = []

    def build(self, variables: Any) -> None:
        """Makes a momentum for each variable, if there is momentum."""
        if self.built:
            return
        variables = list(variables)
        super().build(variables)
        if self.momentum != 0:
            self.momentums = self.add_optimizer_variables(variables, "momentum")

    def update_steps(self, gradients: list[Any], variables: list[Variable], learning_rate: Any) -> None:
        """One update of all variables."""
        values = self._values(variables)
        slots = self._slots(self.momentums, variables) if self.momentums else []
        velocities = self._values(slots) if slots else None
        new, kept = engine(gradients).sgd_update(
            values,
            gradients,
            velocities,
            learning_rate,
            momentum=float(self.momentum),
            nesterov=bool(self.nesterov),
        )
        keep(variables, values, new)
        if velocities is not None and kept is not None:
            keep(slots, velocities, kept)

    def get_config(self) -> dict[str, Any]:
        """The arguments that make an equal optimizer."""
        return {**super().get_config(), "momentum": self.momentum, "nesterov": self.nesterov}
