"""The contract between the front and a backend.

The stub modules (`runtime`, `array`, `nn`, `random`, `transform`, `optim`) *are* the specification:
name, signature, shapes, dtypes and errors of every function stand there and nowhere else.  An adapter
passes its functions to `assemble` and gets a `Backend`, complete with the derived bodies.
"""

from . import array, nn, optim, random, runtime, transform
from .backend import VERSION, Backend, Gap, ProtocolError, Traits, assemble, reference
from .registry import SPECIFICATION, Entry, names
from .standard import standard_array_group

__all__ = [
    "SPECIFICATION",
    "VERSION",
    "Backend",
    "Entry",
    "Gap",
    "ProtocolError",
    "Traits",
    "array",
    "assemble",
    "names",
    "nn",
    "optim",
    "random",
    "reference",
    "runtime",
    "standard_array_group",
    "transform",
]
