"""dtype policies: what a layer computes in and what its variables are kept in."""

from __future__ import annotations

from typing import Any

from keras_front.core import settings
from keras_front.protocol.dtypes import standardize

_MIXED = {"mixed_float16": ("float16", "float32"), "mixed_bfloat16": ("bfloat16", "float32")}


class DTypePolicy:
    """The pair of dtypes a layer works with.

    ``name``: a dtype (both are that one), or ``"mixed_float16"``, ``"mixed_bfloat16"``: compute in 16 bits,
    keep variables in ``float32``.

    errors: ``ValueError`` for another name.
    source: Micikevicius et al., arXiv:1710.03740.

    >>> policy = DTypePolicy("mixed_bfloat16")
    >>> policy.compute_dtype, policy.variable_dtype
    ('bfloat16', 'float32')
    """

    def __init__(self, name: Any = None) -> None:
        name = settings.floatx() if name is None else name
        if isinstance(name, str) and name in _MIXED:
            self._name = name
            self._compute_dtype, self._variable_dtype = _MIXED[name]
            return
        try:
            self._name = self._compute_dtype = self._variable_dtype = standardize(name)
        except ValueError as error:
            raise ValueError(
                f"`dtype` must be a dtype or one of {', '.join(_MIXED)}, got {name!r}"
            ) from error

    @property
    def name(self) -> str:
        """The name it was made with."""
        return self._name

    @property
    def compute_dtype(self) -> str:
        """The dtype of inputs and results."""
        return self._compute_dtype

    @property
    def variable_dtype(self) -> str:
        """The dtype of variables."""
        return self._variable_dtype

    def get_config(self) -> dict[str, Any]:
        """The configuration from which `from_config` makes an equal policy."""
        return {"name": self._name}

    @classmethod
    def from_config(cls, config: dict[str, Any]) -> DTypePolicy:
        """The policy of a configuration."""
        return cls(**config)

    def __eq__(self, other: object) -> bool:
        return type(other) is type(self) and other._name == self._name

    def __hash__(self) -> int:
        return hash((type(self), self._name))

    def __repr__(self) -> str:
        return f'<DTypePolicy "{self._name}">'


_global: DTypePolicy | None = None


def dtype_policy() -> DTypePolicy:
    """The policy of layers that are given none.

    >>> dtype_policy()
    <DTypePolicy "float32">
    """
    return _global if _global is not None else DTypePolicy()


def set_dtype_policy(policy: Any) -> None:
    """Sets the policy of layers that are given none; ``None`` goes back to ``floatx()``.

    >>> set_dtype_policy("mixed_float16")
    >>> dtype_policy().compute_dtype, dtype_policy().variable_dtype
    ('float16', 'float32')
    >>> set_dtype_policy(None)
    """
    global _global
    _global = None if policy is None else get(policy)


def get(identifier: Any) -> DTypePolicy:
    """The policy of a name, a policy, a serialized policy, or (``None``) the global one.

    >>> get("mixed_bfloat16").compute_dtype
    'bfloat16'
    """
    if identifier is None:
        return dtype_policy()
    if isinstance(identifier, DTypePolicy):
        return identifier
    if isinstance(identifier, dict):
        return DTypePolicy.from_config(identifier.get("config", identifier))
    return DTypePolicy(identifier)
