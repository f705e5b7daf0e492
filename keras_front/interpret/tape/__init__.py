"""Reverse-mode gradients for any backend: the protocol, recorded on a tape.

`value_and_grad` runs a function on `Box`es.  Every protocol call on a box is carried out by the backend
below and leaves a few edges on a flat list; the gradient is a walk back over that list.

- `box`: what stands for a tensor; `indexing` and `numpy_calls` let it be used like an array
- `record`: how a call of each form is recorded
- `rules`: the gradient of each differentiable primitive, and the list of the others
- `coarse`, `activations`: gradients of derived functions that are better than taping the body
- `level`: the recording backend; `backward`: the walk back and the functions of the transform group
"""

from .backward import custom_gradient, innermost, value_and_grad
from .box import Box
from .level import unruled

__all__ = ["Box", "custom_gradient", "innermost", "unruled", "value_and_grad"]
