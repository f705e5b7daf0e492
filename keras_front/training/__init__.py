"""Training: one step, one loop, for every backend."""

from keras_front.training.gradient import grad, value_and_grad

__all__ = ["grad", "value_and_grad"]
