"""`Layer`: a function with state.

What belongs to a layer is in `layer_parts`, how it gets its weights in `layer_building`, how it becomes a configuration
in `layer_config`; here is what happens when it is called.
"""

from __future__ import annotations

from typing import Any

from keras_front.core import call as calls
from keras_front.core import variable as variables_module
from keras_front.core.convert import is_tensor_like, to_tensor
from keras_front.core.dispatch import F, backend
from keras_front.core.input_spec import check_inputs
from keras_front.core.layer_building import LayerBuilding
from keras_front.core.layer_config import LayerConfig
from keras_front.core.naming import auto_name, scope_of
from keras_front.core.overlay import Overlay
from keras_front.core.shape_trees import has_shape, is_shape, map_values, shape_tree, shapes_of
from keras_front.core.symbolic import KerasTensor, Node, infer_specs, is_symbolic, record
from keras_front.core.variable import Variable
from keras_front.interpret.lifted import leaves
from keras_front.interpret.shapes import Spec
from keras_front.protocol.dtypes import FLOATING

__all__ = ["Layer", "default_training", "is_shape", "map_values"]

_NATIVE = frozenset(backend.traits.tensor_types)


class Layer(LayerBuilding, LayerConfig):
    """A function of tensors with weights of its own: the base class of all layers and models.

    A subclass defines ``call``; it makes its weights in ``build(input_shape)`` with `add_weight` (or other layers in
    ``__init__``), and may define ``compute_output_shape`` and ``get_config``.

    Arguments: ``activity_regularizer``: a function of the output, added to the loss.  ``trainable``: whether its
    weights are trained.  ``dtype``: a dtype or policy.  ``autocast``: whether floating inputs are cast to the compute
    dtype.  ``name``: made from the class name if not given.

    >>> class Scale(Layer):
    ...     def build(self, input_shape):
    ...         self.factor = self.add_weight(shape=(), initializer="ones", name="factor")
    ...     def call(self, inputs):
    ...         return inputs * self.factor
    >>> layer = Scale()
    >>> float(layer(np.array([3.0]))[0]), layer.count_params()
    (3.0, 1)
    """

    def __init__(
        self,
        *,
        activity_regularizer: Any = None,
        trainable: bool = True,
        dtype: Any = None,
        autocast: bool = True,
        name: str | None = None,
        **kwargs: Any,
    ) -> None:
        shape = kwargs.pop("input_shape", None)
        if "batch_input_shape" in kwargs:
            shape = tuple(kwargs.pop("batch_input_shape"))[1:]
        if kwargs:
            raise TypeError(
                f"{type(self).__name__} does not take the argument(s) {', '.join(map(repr, kwargs))}. "
                "Every layer takes `name`, `trainable`, `dtype`, `autocast` and `activity_regularizer`"
            )
        if name is not None and (not isinstance(name, str) or not name or "/" in name):
            raise ValueError(f"`name` must be a non-empty string without '/', got {name!r}")
        self._name = name or auto_name(type(self))
        self._path: str | None = None
        self._trainable = bool(trainable)
        self._set_policy(dtype)
        self.autocast = bool(autocast)
        self.built = self._called = False
        self.supports_masking = _overrides(type(self), "compute_mask")
        self._activity_regularizer = _regularizer(activity_regularizer)
        self._weights: list[Variable] = []
        self._losses: list[Any] = []
        self._inbound_nodes: list[Node] = []
        self._build_shapes: dict[str, Any] | None = None
        self._input_shape_argument = tuple(shape) if shape is not None else None
        self.input_spec: Any = None
        self._cache: dict[str, tuple[int, Any]] = {}

    # ------------------------------------------------------------ calling

    def call(self, *args: Any, **kwargs: Any) -> Any:
        """What the layer computes; a subclass defines it."""
        raise NotImplementedError(f"layer {type(self).__name__!r} must define `call(self, inputs)`")

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        """Runs the layer: converts inputs, builds it if need be, checks, calls, and passes masks on."""
        try:
            signature = calls.call_signature(type(self), type(self).call)
            built = self.built
        except AttributeError:
            raise self._not_initialized() from None
        if len(args) != 1 or type(args[0]) not in _NATIVE or F.dtype_of(args[0]) != self._compute_dtype:
            args = tuple([self._convert(arg) for arg in args])
        if kwargs:
            kwargs = {key: self._convert(value) for key, value in kwargs.items()}
        context = calls.local.context
        outermost = context is None
        if context is None:
            context = calls.CallContext(None)
        training = self._resolve_training(signature, args, kwargs, context)
        if self.input_spec is not None:
            check_inputs(self.name, self.input_spec, args[0] if args else next(iter(kwargs.values()), None))
        if not built:
            self._build_with_name(signature, args, kwargs)
        if context.masks:
            self._fill_masks(signature, args, kwargs, context)
        if is_symbolic(args, kwargs):
            return self._call_symbolic(args, kwargs, context, outermost, training)
        outer_training = context.training
        context.training = training
        if outermost:
            calls.local.context = context
            self._clear_losses()
        try:
            outputs = self._call_cast(args, kwargs) if self._called else self._first_call(args, kwargs)
        finally:
            context.training = outer_training
            if outermost:
                calls.local.context = None
        if self._activity_regularizer is not None:
            self._add_activity_losses(outputs)
        if self.supports_masking and (context.masks or _overrides(type(self), "compute_mask")):
            self._pass_masks(args, outputs, context)
        return outputs

    def _add_activity_losses(self, outputs: Any) -> None:
        """Adds the activity regularizer's losses, for one row of the batch on average."""
        for output in leaves(outputs):
            if not isinstance(output, Spec):
                loss = self._activity_regularizer(output)
                self.add_loss(F.divide(loss, float(output.shape[0])) if output.shape else loss)

    def _first_call(self, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        """A call under the layer's name, in which layers inside may be built."""
        with scope_of(self._name):
            outputs = self._call_cast(args, kwargs)
        self._called = True
        return outputs

    def _call_cast(self, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        if not self._mixed and variables_module.local.autocast is None:
            return self.call(*args, **kwargs)
        outer = variables_module.local.autocast
        variables_module.local.autocast = self._compute_dtype if self._mixed else None
        try:
            return self.call(*args, **kwargs)
        finally:
            variables_module.local.autocast = outer

    def _call_symbolic(
        self,
        args: tuple[Any, ...],
        kwargs: dict[str, Any],
        context: calls.CallContext,
        outermost: bool,
        training: Any,
    ) -> Any:
        outer_training = context.training
        context.training = training
        calls.local.context = context
        try:
            with scope_of(self._name):
                specs = self.compute_output_spec(*args, **kwargs)
        except Exception as error:
            error.add_note(
                f"while layer {self.name!r} ({type(self).__name__}) was called on "
                f"{', '.join(f'{t.dtype}{t.shape}' for t in leaves((args, kwargs)) if isinstance(t, KerasTensor))}"
            )
            raise
        finally:
            context.training = outer_training
            if outermost:
                calls.local.context = None
        if kwargs.get("training") == default_training(type(self)):
            # What the call would take by itself is left to the model the call becomes part of.
            kwargs.pop("training", None)
        return record(self, args, kwargs, specs)

    def _convert(self, value: Any) -> Any:
        """An argument with its arrays as tensors, floating ones in the compute dtype."""
        kind = type(value)
        if kind in (bool, int, float, str) or value is None:
            return value
        if kind in (list, tuple):
            return kind([self._convert(item) for item in value])
        if kind is dict:
            return {key: self._convert(item) for key, item in value.items()}
        if isinstance(value, KerasTensor):
            return value
        if isinstance(value, Variable):
            value = value.value
        elif not is_tensor_like(value):
            if not hasattr(value, "__array__") or str(getattr(value, "dtype", "")) == "object":
                return value
            value = to_tensor(value)
        if self.autocast and not isinstance(value, Spec):
            dtype = F.dtype_of(value)
            if dtype != self._compute_dtype and dtype in FLOATING and self._compute_dtype in FLOATING:
                return F.astype(value, self._compute_dtype)
        elif self.autocast and value.dtype != self._compute_dtype and value.dtype in FLOATING:
            return Spec(value.shape, self._compute_dtype)
        return value

    @property
    def _takes_training(self) -> bool:
        return calls.call_signature(type(self), type(self).call).has_training

    def _resolve_training(
        self,
        signature: calls.CallSignature,
        args: tuple[Any, ...],
        kwargs: dict[str, Any],
        context: calls.CallContext,
    ) -> bool | None:
        """The training flag of this call: given, else of the outer call, else the default of ``call``."""
        training = kwargs.get("training")
        if training is None and signature.has_training and len(args) > 1 and "training" in signature.names:
            position = signature.names.index("training")
            training = args[position] if position < len(args) else None
        if training is None:
            training = context.training
        if training is None:
            training = signature.defaults.get("training")
        if signature.has_training:
            position = signature.names.index("training") if "training" in signature.names else len(args)
            if training is not None and position >= len(args):
                kwargs["training"] = training
        else:
            kwargs.pop("training", None)
        return training

    def _build_with_name(
        self, signature: calls.CallSignature, args: tuple[Any, ...], kwargs: dict[str, Any]
    ) -> None:
        try:
            arguments = dict(signature.bind(args, kwargs))
        except TypeError as error:
            raise TypeError(f"layer {self.name!r} ({type(self).__name__}): {error}") from None
        try:
            self._build_for(arguments)
        except Exception as error:
            error.add_note(f"while layer {self.name!r} ({type(self).__name__}) was built")
            raise

    def _fill_masks(
        self,
        signature: calls.CallSignature,
        args: tuple[Any, ...],
        kwargs: dict[str, Any],
        context: calls.CallContext,
    ) -> None:
        """Gives ``call`` the masks of its inputs where it asks for them."""
        if signature.has_mask and kwargs.get("mask") is None and args:
            mask = map_values(context.mask_of, args[0])
            if any(m is not None for m in leaves(mask)):
                kwargs["mask"] = mask

    def _pass_masks(self, args: tuple[Any, ...], outputs: Any, context: calls.CallContext) -> None:
        inputs = args[0] if args else None
        previous = map_values(context.mask_of, inputs) if args else None
        masks = self.compute_mask(inputs, previous)
        for output, mask in zip(leaves(outputs), leaves(masks), strict=False):
            context.set_mask(output, mask)

    def compute_mask(self, inputs: Any, previous_mask: Any) -> Any:
        """The mask of the output, given that of the input: passed on as it is."""
        return previous_mask

    def compute_output_shape(self, *args: Any, **kwargs: Any) -> Any:
        """The shape of the output for inputs of a shape, ``None`` for unknown sizes."""
        if list(kwargs) == ["input_shape"] and not args:
            args, kwargs = (kwargs["input_shape"],), {}
        if args and not kwargs and len(args) == 1:
            specs = infer_specs(self._build_and_call, (shape_tree(args[0], self.compute_dtype),), {})
            return map_values(lambda spec: spec.shape, specs)
        named = {
            key.removesuffix("_shape"): shape_tree(value, self.compute_dtype) for key, value in kwargs.items()
        }
        positional = tuple(shape_tree(value, self.compute_dtype) for value in args)
        return map_values(lambda spec: spec.shape, infer_specs(self._build_and_call, positional, named))

    def _build_and_call(self, *args: Any, **kwargs: Any) -> Any:
        return self(*args, **kwargs)

    def compute_output_spec(self, *args: Any, **kwargs: Any) -> Any:
        """Shape and dtype of the output for symbolic arguments, found by running ``call`` on them."""
        if _overrides(type(self), "compute_output_shape") and not _is_ours(type(self)):
            kwargs.pop("training", None)
            shapes = self.compute_output_shape(
                *(shapes_of(arg) for arg in args if any(map(has_shape, leaves(arg))))
            )
            return shape_tree(shapes, self.compute_dtype)
        return infer_specs(self._call_cast, (self._cast_specs(args), self._cast_specs(kwargs)), {})

    def _cast_specs(self, tree: Any) -> Any:
        """Specs in place of symbolic tensors, floating ones in the compute dtype."""
        return map_values(
            lambda x: self._convert(Spec(x.shape, x.dtype)) if isinstance(x, KerasTensor) else x, tree
        )

    def symbolic_call(self, *args: Any, **kwargs: Any) -> Any:
        """Shape and dtype of the output for symbolic arguments."""
        return self.compute_output_spec(*args, **kwargs)

    def stateless_call(
        self,
        trainable_variables: list[Any],
        non_trainable_variables: list[Any],
        *args: Any,
        return_losses: bool = False,
        **kwargs: Any,
    ) -> Any:
        """Calls the layer as a pure function of its state.

        Returns ``(outputs, new values of the non-trainable variables)``, and the losses if asked for.

        errors: ``ValueError`` if it is not built, or the lists do not fit its variables.
        """
        if not self.built:
            raise ValueError(
                f"layer {self.name!r} must be built before `stateless_call`: it has no variables yet"
            )
        trainable, rest = self.trainable_variables, self.non_trainable_variables
        for given, own, what in (
            (trainable_variables, trainable, "trainable_variables"),
            (non_trainable_variables, rest, "non_trainable_variables"),
        ):
            if len(given) != len(own):
                raise ValueError(
                    f"`{what}` must hold {len(own)} values, one for each such variable of layer {self.name!r}, "
                    f"got {len(given)}"
                )
        with Overlay([*trainable, *rest], [*trainable_variables, *non_trainable_variables]) as overlay:
            outputs = self(*args, **kwargs)
            losses = self.losses if return_losses else None
            new = [overlay.read(v) for v in rest]
        return (outputs, new, losses) if return_losses else (outputs, new)

    # ------------------------------------------------------------ losses

    def add_loss(self, loss: Any) -> None:
        """Adds a scalar, or a list of them, to the loss of the step at work; called within ``call``."""
        found = loss if isinstance(loss, (list, tuple)) else [loss]
        # A run on shapes finds nothing that could be added up.
        self._losses.extend(x for x in found if not isinstance(x, Spec))

    @property
    def losses(self) -> list[Any]:
        """What `add_loss` and the regularizers of the trained weights add to the loss."""
        layers = self._cached("layers", self._flatten_layers)
        found = [loss for layer in layers if layer._losses for loss in layer._losses]
        regularized = self._cached(
            "regularized", lambda: [v for v in self.trainable_variables if v.regularizer is not None]
        )
        found.extend([variable.regularizer(variable) for variable in regularized])
        return found

    def _clear_losses(self) -> None:
        for layer in self._cached("layers", self._flatten_layers):
            if layer._losses:
                layer._losses.clear()

    # ------------------------------------------------------------ history in a functional model

    @property
    def input(self) -> Any:
        """The symbolic input of its first call in a functional model."""
        return _single(self._first_node("input").input_tensors)

    @property
    def output(self) -> Any:
        """The symbolic output of its first call in a functional model."""
        return _single(self._first_node("output").output_tensors)

    def _first_node(self, what: str) -> Node:
        if not self._inbound_nodes:
            raise AttributeError(
                f"layer {self.name!r} has no `{what}`: it was never called on a symbolic tensor, as `Input` gives it"
            )
        return self._inbound_nodes[0]


def _overrides(cls: type, method: str) -> bool:
    return getattr(cls, method) is not getattr(Layer, method)


def default_training(cls: type[Layer]) -> Any:
    """The default of a layer's training flag; ``None`` if it has none."""
    return calls.call_signature(cls, cls.call).defaults.get("training")


def _is_ours(cls: type) -> bool:
    """Whether a class is one of this library, whose ``call`` is known to run on shapes."""
    return cls.__module__.startswith("keras_front.")


def _single(items: list[Any]) -> Any:
    return items[0] if len(items) == 1 else items


def _regularizer(identifier: Any) -> Any:
    if identifier is None:
        return None
    from keras_front import regularizers

    return regularizers.get(identifier)
