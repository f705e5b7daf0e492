"""Adam and its descendants."""

from __future__ import annotations

from typing import Any

from keras_front.core.dispatch import F
from keras_front.core.variable import Variable
from keras_front.optimizers.optimizer import Optimizer
from keras_front.optimizers.update import engine, keep


class Adam(Optimizer):
    """Gradient descent with estimates of the gradients' mean and square.

    ``m += (1 - b1) * (g - m)``; ``v += (1 - b2) * (g * g - v)``; ``h = v``, with ``amsgrad`` the greatest ``v`` so far;
    ``w -= lr * sqrt(1 - b2**t) / (1 - b1**t) * m / (sqrt(h) + epsilon)``.

    ``learning_rate``: default 0.001.  ``beta_1``, ``beta_2``: 0 to 1.  Other arguments as `Optimizer`.

    errors: ``ValueError`` naming the argument.
    source: Kingma and Ba, arXiv:1412.6980 (the form before section 2.1); Reddi et al., ICLR 2018.

    >>> w = Variable([1.0])
    >>> Adam(0.5).apply([np.array([2.0], dtype="float32")], [w])
    >>> round(float(w.numpy()[0]), 4)
    0.5
    """

    def __init__(
        self,
        learning_rate: Any = 0.001,
        beta_1: float = 0.9,
        beta_2: float = 0.999,
        epsilon: float = 1e-7,
        amsgrad: bool = False,
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
        self.beta_1, self.beta_2, self.epsilon, self.amsgrad = beta_1, beta_2, epsilon, amsgrad
        self._momentums: list[Variable] = []
        self._velocities: list[Variable] = []
        self._velocity_hats: list[Variable] = []

    def build(self, variables: Any) -> None:
        """Makes a momentum and a velocity (and for AMSGrad the greatest velocity) for each variable."""
        if self.built:
            return
        variables = list(variables)
        super().build(variables)
        self._momentums, self._velocities = self.add_optimizer_variables(variables, ["momentum", "velocity"])
        if self.amsgrad:
            self._velocity_hats = self.add_optimizer_variables(variables, "velocity_hat")

    def update_steps(self, gradients: list[Any], variables: list[Variable], learning_rate: Any) -> None:
        """One update of all variables."""
        count = self._iterations.stored
        if self.gradient_accumulation_steps:
            count = F.floor_divide(count, self.gradient_accumulation_steps)
        slots = [variables, *(self._slots(s, variables) for s in (self._momentums, self._velocities))]
        if self.amsgrad:
            slots.append(self._slots(self._velocity_hats, variables))
        old = [self._values(s) for s in slots]
        new = engine(gradients).adam_update(
            old[0],
            gradients,
            old[1],
            old[2],
            old[3] if self.amsgrad else None,
            learning_rate,
            F.add(count, 1),
            beta_1=self.beta_1,
            beta_2=self.beta_2,
            epsilon=self.epsilon,
        )
        for owners, before, after in zip(slots, old, new, strict=False):
            keep(owners, before, after or [])

    def get_config(self) -> dict[str, Any]:
        """The arguments that make an equal optimizer."""
        own = {
            "beta_1": self.beta_1,
            "beta_2": self.beta_2,
            "epsilon": self.epsilon,
            "amsgrad": self.amsgrad,
        }
        return {**super().get_config(), **own}


class AdamW(Adam):
    """Adam with weight decay apart from the gradients: before each update ``w -= lr * weight_decay * w``.

    ``weight_decay``: default 0.004.  Other arguments as `Adam`.

    errors: ``ValueError`` naming the argument.
    source: Loshchilov and Hutter, arXiv:1711.05101.

    >>> w = Variable([1.0])
    >>> AdamW(0.5, weight_decay=0.1).apply([np.array([2.0], dtype="float32")], [w])
    >>> round(float(w.numpy()[0]), 4)
    0.45
    """

    def __init__(
        self,
        learning_rate: Any = 0.001,
        weight_decay: float = 0.004,
        beta_1: float = 0.9,
        beta_2: float = 0.999,
        epsilon: float = 1e-7,
        amsgrad: bool = False,
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
        if weight_decay is None:
            raise ValueError("`weight_decay` must be a number, got None: use Adam for none")
        super().__init__(
            learning_rate, beta_1, beta_2, epsilon, amsgrad, weight_decay, clipnorm, clipvalue, global_clipnorm,
            use_ema, ema_momentum, ema_overwrite_frequency, loss_scale_factor, gradient_accumulation_steps, name,
            **kwargs,
        )  # fmt: skip
