"""What loading a file can end with."""

from __future__ import annotations


class ModelLoadError(ValueError):
    """A file or configuration that cannot be loaded.

    ``reason``: a stable code, such as ``"damaged"`` or ``"shape-mismatch"``.  ``member``: the part of the file at fault, such as
    ``"model.weights.h5:layers/dense/vars/0"``.

    >>> error = ModelLoadError("damaged", "config.json", "the file is cut off")
    >>> str(error), error.reason
    ('the file is cut off [damaged: config.json]', 'damaged')
    """

    def __init__(self, reason: str, member: str, message: str) -> None:
        super().__init__(f"{message} [{reason}: {shown(member)}]")
        self.reason, self.member = reason, member


def shown(text: object, limit: int = 200) -> str:
    """Text from a file as a message may show it: escaped and cut off.

    >>> shown("a" * 300)[-3:]
    '...'
    """
    escaped = str(text).encode("unicode_escape").decode("ascii")
    return escaped if len(escaped) <= limit else escaped[: limit - 3] + "..."
