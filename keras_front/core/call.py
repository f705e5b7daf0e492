"""What one call of a layer needs to know: its signature, and what the outermost call passes down."""

from __future__ import annotations

import inspect
import threading
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class CallSignature:
    """The parameters of a ``call`` method."""

    names: tuple[str, ...]
    defaults: dict[str, Any]
    has_training: bool
    has_mask: bool
    signature: inspect.Signature

    def bind(self, args: tuple[Any, ...], kwargs: dict[str, Any]) -> dict[str, Any]:
        """Arguments by name.  errors: ``TypeError`` as Python gives it."""
        return self.signature.bind(*args, **kwargs).arguments


_signatures: dict[Any, CallSignature] = {}


def call_signature(cls: type, call: Callable[..., Any]) -> CallSignature:
    """The signature of the ``call`` of a class, looked at once."""
    found = _signatures.get(cls)
    if found is None:
        parameters = list(inspect.signature(call).parameters.values())[1:]
        kinds = [p.kind for p in parameters]
        any_keyword = inspect.Parameter.VAR_KEYWORD in kinds
        names = tuple(p.name for p in parameters)
        found = _signatures[cls] = CallSignature(
            names=names,
            defaults={p.name: p.default for p in parameters if p.default is not p.empty},
            has_training="training" in names or any_keyword,
            has_mask="mask" in names,
            signature=inspect.Signature(parameters),
        )
    return found


class CallContext:
    """What holds during one outermost call: the training flag, and the masks of the tensors in it.

    A mask belongs to a tensor object; the tensor is kept beside it so that its ``id`` stays its own.
    """

    __slots__ = ("masks", "training")

    def __init__(self, training: bool | None) -> None:
        self.training = training
        self.masks: dict[int, tuple[Any, Any]] = {}

    def mask_of(self, tensor: Any) -> Any:
        """The mask of a tensor, or ``None``."""
        found = self.masks.get(id(tensor))
        return found[1] if found is not None else None

    def set_mask(self, tensor: Any, mask: Any) -> None:
        """Notes the mask of a tensor."""
        if mask is not None:
            self.masks[id(tensor)] = (tensor, mask)


class _Local(threading.local):
    context: CallContext | None = None


local = _Local()
