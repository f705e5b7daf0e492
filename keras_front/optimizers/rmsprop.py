"""RMSprop."""

from __future__ import annotations

from typing import Any

from keras_front.core.convert import cast
from keras_front.core.dispatch import F
from keras_front.core.state import put
from keras_front.core.variable import Variable
from keras_front.optimizers.optimizer import Optimizer


class RMSprop(Optimizer):
    """Gradient descent along gradients divided by the root of their mean square.

    ``v = rho * v + (1 - rho) * g * g``; ``d = lr * g / sqrt(v + epsilon)``; ``w -= d``.  With ``momentum``
    ``m = momentum * m + d``; ``w -= m``.  ``centered``: the square of the gradients' mean is taken off ``v``.

    ``learning_rate``: default 0.001.  ``rho``, ``momentum``: 0 to 1.  Other arguments as `Optimizer`.

    source: Hinton, Neural Networks for Machine Learning, lecture 6e.

    >>> w = Variable([1.0])
    >>> RMSprop(0.1, rho=0.0).apply([np.array([2.0], dtype="float32")], [w])
    >>> round(float(w.numpy()[0]), 4)
    0.9
    """

    def __init__(
        self,
        learning_rate: Any = 0.001,
        rho: float = 0.9,
        momentum: float = 0.0,
        epsilon: float = 1e-7,
        centered: bool = False,
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
        self.rho, self.momentum, self.epsilon, self.centered = rho, momentum, epsilon, centered
        self._velocities: list[Variable] = []
        self._momentums: list[Variable] = []
        self._average_gradients: list[Variable] = []

    def build(self, variables: Any) -> None:
        """Makes a velocity, and what momentum and centering take, for each variable."""
        if self.built:
            return
        variables = list(variables)
        super().build(variables)
        self._velocities = self.add_optimizer_variables(variables, "velocity")
        if self.momentum > 0:
            self._momentums = self.add_optimizer_variables(variables, "momentum")
        if self.centered:
            self._average_gradients = self.add_optimizer_variables(variables, "average_gradient")

    def update_step(self, gradient: Any, variable: Variable, learning_rate: Any) -> None:
        """Updates one variable."""
        i = self._get_variable_index(variable)
        rho = self.rho
        mean = _towards(self._velocities[i], F.square(gradient), rho)
        if self.centered:
            mean = F.subtract(mean, F.square(_towards(self._average_gradients[i], gradient, rho)))
        move = F.multiply(gradient, cast(learning_rate, variable._dtype))
        move = F.divide(move, F.sqrt(F.add(mean, self.epsilon)))
        if self.momentum > 0:
            held = self._momentums[i]
            move = F.add(F.multiply(held.stored, self.momentum), move)
            put(held, move)
        put(variable, F.subtract(variable.stored, move))

    def get_config(self) -> dict[str, Any]:
        """The arguments that make an equal optimizer."""
        own = {"rho": self.rho, "momentum": self.momentum, "epsilon": self.epsilon, "centered": self.centered}
        return {**super().get_config(), **own}


def _towards(average: Variable, value: Any, rho: float) -> Any:
    """``average = rho * average + (1 - rho) * value``; returns it."""
    new = F.add(F.multiply(average.stored, rho), F.multiply(value, 1 - rho))
    put(average, new)
    return new
