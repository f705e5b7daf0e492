"""The start of a model: `Input` and its layer."""

from __future__ import annotations

from typing import Any

from keras_front.core import settings
from keras_front.core.convert import available
from keras_front.core.layer import Layer
from keras_front.core.symbolic import KerasTensor, Node
from keras_front.protocol.dtypes import standardize


class InputLayer(Layer):
    """The layer behind `Input`: it gives one symbolic tensor.

    ``shape``: sizes without the batch axis, ``None`` where unknown.  ``batch_size``: size of the batch axis.
    ``batch_shape``: both in one.  ``input_tensor``: a symbolic tensor to use instead of a new one.

    errors: ``ValueError`` unless exactly one of ``shape``, ``batch_shape``, ``input_tensor`` is given.

    >>> InputLayer(shape=(3,)).output.shape
    (None, 3)
    """

    def __init__(
        self,
        shape: Any = None,
        batch_size: int | None = None,
        dtype: Any = None,
        sparse: bool | None = None,
        ragged: bool | None = None,
        batch_shape: Any = None,
        input_tensor: KerasTensor | None = None,
        optional: bool = False,
        name: str | None = None,
        **kwargs: Any,
    ) -> None:
        kwargs.pop("input_shape", None)
        super().__init__(name=name, **kwargs)
        if sum(value is not None for value in (shape, batch_shape, input_tensor)) != 1:
            raise ValueError(
                f"give exactly one of `shape`, `batch_shape` and `input_tensor`, got shape={shape!r}, "
                f"batch_shape={batch_shape!r}, input_tensor={input_tensor!r}"
            )
        if input_tensor is not None:
            batch_shape, dtype = input_tensor.shape, dtype or input_tensor.dtype
        elif batch_shape is None:
            batch_shape = (batch_size, *_sizes(shape))
        self.batch_shape = _sizes(batch_shape)
        self.optional = optional
        self.sparse, self.ragged = bool(sparse), bool(ragged)
        self._dtype = standardize(dtype or settings.floatx())
        self.built = True
        tensor = input_tensor
        if tensor is None:
            tensor = KerasTensor(self.batch_shape, available(self._dtype), name=self.name)
        Node(self, (), {}, tensor)

    @property
    def dtype(self) -> str:
        """The dtype of the input."""
        return self._dtype

    def call(self) -> Any:
        """An input layer is not called: the model hands in its value."""
        raise NotImplementedError("an input layer is not called: the model hands in its value")

    def get_config(self) -> dict[str, Any]:
        """The configuration of the layer."""
        return {
            "batch_shape": self.batch_shape, "dtype": self._dtype, "sparse": self.sparse, "ragged": self.ragged,
            "name": self.name, "optional": self.optional,
        }  # fmt: skip


def Input(
    shape: Any = None,
    batch_size: int | None = None,
    dtype: Any = None,
    sparse: bool | None = None,
    batch_shape: Any = None,
    name: str | None = None,
    tensor: KerasTensor | None = None,
    optional: bool = False,
    ragged: bool | None = None,
) -> Any:
    """A symbolic tensor to build a functional model from, or to start a `Sequential` with.

    ``shape``: sizes without the batch axis, ``None`` where unknown.  ``dtype``: default ``floatx()``.

    errors: ``ValueError`` unless exactly one of ``shape``, ``batch_shape``, ``tensor`` is given.

    >>> Input((28, 28, 1)).shape
    (None, 28, 28, 1)
    """
    layer = InputLayer(
        shape=shape, batch_size=batch_size, dtype=dtype, sparse=sparse, ragged=ragged, batch_shape=batch_shape,
        input_tensor=tensor, optional=optional, name=name,
    )  # fmt: skip
    return layer.output


def _sizes(shape: Any) -> tuple[int | None, ...]:
    if isinstance(shape, int):
        shape = (shape,)
    if not isinstance(shape, (tuple, list)):
        raise ValueError(f"`shape` must be a tuple of integers and None, got {shape!r}")
    for size in shape:
        if size is not None and (isinstance(size, bool) or not hasattr(size, "__index__") or int(size) < 0):
            raise ValueError(f"`shape` must hold sizes of at least 0 and None, got {tuple(shape)!r}")
    return tuple(None if size is None else int(size) for size in shape)
