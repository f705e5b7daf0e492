"""`Layer`: a function with state."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterable
from typing import Any, TypeVar

import numpy as np

from keras_front.core import call as calls
from keras_front.core import dtype_policy as policies
from keras_front.core import variable as variables_module
from keras_front.core.convert import is_tensor_like, to_tensor
from keras_front.core.dispatch import F, backend
from keras_front.core.input_spec import check_inputs
from keras_front.core.naming import auto_name, current_path, scope_of
from keras_front.core.overlay import Overlay
from keras_front.core.symbolic import KerasTensor, Node, infer_specs, is_symbolic, record
from keras_front.core.tracking import parts, structure, tracked
from keras_front.core.variable import Variable
from keras_front.interpret.lifted import leaves
from keras_front.interpret.shapes import Spec
from keras_front.protocol.dtypes import FLOATING

Self = TypeVar("Self", bound="Layer")
_NATIVE = frozenset(backend.traits.tensor_types)
_VALUES = frozenset({bool, int, float, str, type(None), np.ndarray}) | _NATIVE


class Layer:
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

    _tracked_as = "layer"
    #: Attributes in which no parts are looked for.
    _not_parts: frozenset[str] = frozenset({"_inbound_nodes", "_init_arguments", "_cache", "_losses"})
    _init_arguments: tuple[tuple[Any, ...], dict[str, Any]]

    def __new__(cls, *args: Any, **kwargs: Any) -> Any:
        instance = super().__new__(cls)
        object.__setattr__(instance, "_init_arguments", (args, kwargs))
        return instance

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        if "build" in cls.__dict__:
            cls.build = _noting_build(cls.__dict__["build"])  # type: ignore[method-assign]

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

    def __setattr__(self, name: str, value: Any) -> None:
        if name not in self._not_parts:
            if type(value) not in _VALUES:
                value = tracked(value)
            elif type(self.__dict__.get(name)) not in _VALUES:
                # A plain value takes the place of what may have been a part.
                structure.changed()
        object.__setattr__(self, name, value)

    def __delattr__(self, name: str) -> None:
        structure.changed()
        object.__delattr__(self, name)

    # ------------------------------------------------------------ facts

    @property
    def name(self) -> str:
        """The layer's name."""
        return self._name

    @property
    def _takes_training(self) -> bool:
        return calls.call_signature(type(self), type(self).call).has_training

    @property
    def path(self) -> str:
        """The name behind those of the layers it stands in."""
        return self._path or self._name

    @property
    def dtype_policy(self) -> policies.DTypePolicy:
        """The dtypes it works with."""
        return self._dtype_policy

    @dtype_policy.setter
    def dtype_policy(self, value: Any) -> None:
        self._set_policy(value)
        structure.changed()

    def _set_policy(self, value: Any) -> None:
        policy = policies.get(value)
        for dtype in (policy.compute_dtype, policy.variable_dtype):
            if dtype not in backend.traits.dtypes:
                raise ValueError(
                    f"layer {self._name!r}: the backend {backend.name!r} has no dtype {dtype!r}; it has "
                    f"{', '.join(sorted(backend.traits.dtypes))}"
                )
        self._dtype_policy = policy
        self._compute_dtype = policy.compute_dtype
        self._mixed = policy.compute_dtype != policy.variable_dtype

    @property
    def dtype(self) -> str:
        """The dtype of its weights."""
        return self._dtype_policy.variable_dtype

    @property
    def compute_dtype(self) -> str:
        """The dtype it computes in."""
        return self._dtype_policy.compute_dtype

    @property
    def variable_dtype(self) -> str:
        """The dtype of its weights."""
        return self._dtype_policy.variable_dtype

    @property
    def input_dtype(self) -> str:
        """The dtype floating inputs are cast to."""
        return self._dtype_policy.compute_dtype

    @property
    def activity_regularizer(self) -> Any:
        """A function of the output whose result is added to the loss."""
        return self._activity_regularizer

    @property
    def trainable(self) -> bool:
        """Whether its weights are trained; setting it sets it for all layers inside."""
        return self._trainable

    @trainable.setter
    def trainable(self, value: bool) -> None:
        value = bool(value)
        structure.changed()
        object.__setattr__(self, "_trainable", value)
        for layer in self._flatten_layers(include_self=False):
            object.__setattr__(layer, "_trainable", value)

    # ------------------------------------------------------------ parts

    def _cached(self, key: str, compute: Callable[[], list[Any]]) -> list[Any]:
        found = self._cache.get(key)
        if found is None or found[0] != structure.version:
            found = (structure.version, compute())
            self._cache[key] = found
        return list(found[1])

    def _children(self) -> list[Layer]:
        return self._cached("children", lambda: parts(self, ("layer",)))

    def _flatten_layers(self, include_self: bool = True, recursive: bool = True) -> list[Layer]:
        """The layer and the layers inside it, each once, outer ones first."""
        found: dict[int, Layer] = {id(self): self}
        waiting = list(reversed(self._children()))
        while waiting:
            layer = waiting.pop()
            if id(layer) not in found:
                found[id(layer)] = layer
                if recursive:
                    waiting.extend(reversed(layer._children()))
        return list(found.values())[0 if include_self else 1 :]

    def _own_variables(self) -> list[Variable]:
        """Its own variables: trainable ones first, in the order in which they were made."""
        own: list[Variable] = self._cached("own", lambda: parts(self, ("variable",)))
        return [v for v in own if _made_trainable(v)] + [v for v in own if not _made_trainable(v)]

    @property
    def _seed_generators(self) -> list[Any]:
        return parts(self, ("seed",))

    @property
    def variables(self) -> list[Variable]:
        """All of its variables, those of the layers inside it and the states of seeds among them."""


        def collect() -> list[Variable]:
            found: list[Variable] = []
            for layer in self._flatten_layers():
                found += [*layer._own_variables(), *(seed.state for seed in layer._seed_generators)]
            return _unique(found)

        return self._cached("variables", collect)

    @property
    def weights(self) -> list[Variable]:
        """The variables of the layer and of the layers inside it, without the states of seeds and metrics."""

        def collect() -> list[Variable]:
            return _unique(v for layer in self._flatten_layers() for v in layer._own_variables())

        return self._cached("weights", collect)

    @property
    def trainable_variables(self) -> list[Variable]:
        """The variables that an optimizer changes."""

        def collect() -> list[Variable]:
            return (
                _unique(
                    v
                    for layer in self._flatten_layers()
                    if layer._trainable
                    for v in layer._own_variables()
                    if v.trainable
                )
                if self._trainable
                else []
            )

        return self._cached("trainable", collect)

    @property
    def non_trainable_variables(self) -> list[Variable]:
        """The variables that no optimizer changes."""
        trained = {id(v) for v in self.trainable_variables}
        return [v for v in self.variables if id(v) not in trained]

    @property
    def trainable_weights(self) -> list[Variable]:
        """The weights that an optimizer changes."""
        return self.trainable_variables

    @property
    def non_trainable_weights(self) -> list[Variable]:
        """The weights that no optimizer changes."""
        trained = {id(v) for v in self.trainable_variables}
        return [v for v in self.weights if id(v) not in trained]

    @property
    def metrics(self) -> list[Any]:
        """The metrics set as attributes of the layer or of layers inside it."""
        return _unique(m for layer in self._flatten_layers() for m in parts(layer, ("metric",)))

    @property
    def metrics_variables(self) -> list[Variable]:
        """The variables of its metrics."""
        return [v for metric in self.metrics for v in metric.variables]

    def count_params(self) -> int:
        """How many numbers its weights hold.

        errors: ``ValueError`` if it is not built yet.
        """
        if not self.built:
            raise ValueError(
                f"layer {self.name!r} has no weights yet: call it on data, or `build(input_shape)` it, first"
            )
        return sum(v.size for v in self.weights)

    def get_weights(self) -> list[np.ndarray]:
        """Copies of its weights as NumPy arrays, in the order of `weights`."""
        return [v.numpy() for v in self.weights]

    def set_weights(self, weights: Iterable[Any]) -> None:
        """Sets its weights from arrays in the order of `weights`.

        errors: ``ValueError`` for another number of arrays, or another shape; nothing is changed then.
        """
        weights = [np.asarray(w) for w in weights]
        own = self.weights
        if len(weights) != len(own):
            raise ValueError(
                f"layer {self.name!r} has {len(own)} weights, but `weights` holds {len(weights)} arrays"
            )
        for variable, array in zip(own, weights, strict=True):
            if variable.shape != array.shape:
                raise ValueError(
                    f"layer {self.name!r}: weight {variable.path!r} has shape {variable.shape}, but the array given "
                    f"for it has shape {array.shape}"
                )
        for variable, array in zip(own, weights, strict=True):
            variable.assign(array)

    # ------------------------------------------------------------ building

    def add_weight(
        self,
        shape: Any = None,
        initializer: Any = None,
        dtype: Any = None,
        trainable: bool = True,
        autocast: bool = True,
        regularizer: Any = None,
        constraint: Any = None,
        aggregation: str = "none",
        overwrite_with_gradient: bool = False,
        name: str | None = None,
    ) -> Variable:
        """Makes a weight of the layer.

        ``initializer``: default ``"glorot_uniform"`` for floating dtypes, else ``"zeros"``.
        ``dtype``: default the layer's variable dtype.
        """
        from keras_front import constraints, initializers

        shape = () if shape is None else (shape,) if isinstance(shape, int) else tuple(shape)
        if not hasattr(self, "_weights"):
            raise self._not_initialized()
        dtype = dtype or self.variable_dtype
        if initializer is None:
            initializer = "glorot_uniform" if "float" in str(dtype) else "zeros"
        with scope_of(self._name):
            variable = Variable(
                initializers.get(initializer), shape=shape, dtype=dtype, trainable=trainable, autocast=autocast,
                aggregation=aggregation, name=name,
            )  # fmt: skip
        variable.regularizer = _regularizer(regularizer)
        variable.constraint = constraints.get(constraint)
        variable.overwrite_with_gradient = overwrite_with_gradient
        self._weights.append(variable)
        return variable

    def add_variable(
        self, name: str, shape: Any = None, dtype: Any = None, initializer: Any = None, **kwargs: Any
    ) -> Variable:
        """The 2019 spelling of `add_weight`."""
        from keras_front.utils.deprecation import warn_renamed

        warn_renamed("Layer.add_variable(name, shape, ...)", "Layer.add_weight(shape, ..., name=name)")
        return self.add_weight(shape, initializer, dtype, name=name, **kwargs)

    def build(self, input_shape: Any = None) -> None:
        """Makes the weights for inputs of a shape.  A subclass overrides it; this one finds the weights of layers
        inside by running ``call`` on the shape."""
        if input_shape is None:
            return
        if not self.built:
            self._build_for({"inputs": shape_tree(input_shape, self.compute_dtype)})
        elif self._build_shapes is None:
            self._build_shapes = {"input_shape": input_shape}

    def build_from_config(self, config: dict[str, Any]) -> None:
        """Builds it with the shapes that `get_build_config` gave."""
        if "input_shape" in config:
            self.build(_as_shape(config["input_shape"]))
        elif "shapes_dict" in config:
            self.build(**{key: _as_shape(shape) for key, shape in config["shapes_dict"].items()})

    def get_build_config(self) -> dict[str, Any] | None:
        """The shapes it was built with, for `build_from_config`."""
        shapes = self._build_shapes
        if not shapes:
            return None
        return (
            {"input_shape": next(iter(shapes.values()))}
            if len(shapes) == 1
            else {"shapes_dict": dict(shapes)}
        )

    def _build_for(self, arguments: dict[str, Any]) -> None:
        """Builds the layer for the arguments of a call."""
        shapes = {
            f"{name}_shape": _shapes_of(value)
            for name, value in arguments.items()
            if any(map(_has_shape, leaves(value)))
        }
        with scope_of(self._name):
            self._path = current_path()
            if type(self).build is Layer.build:
                # Layers inside are built by a run on shapes, which leaves their state alone.
                if self._children():
                    specs = [map_values(_spec_of, value) for value in arguments.values()]
                    infer_specs(
                        self.call, tuple(specs[:1]), dict(zip(list(arguments)[1:], specs[1:], strict=True))
                    )
            elif len(shapes) <= 1:
                self.build(next(iter(shapes.values()), None))
            else:
                accepted = inspect.signature(self.build).parameters
                if all(name in accepted for name in shapes):
                    self.build(**shapes)
                else:
                    self.build(next(iter(shapes.values())))
            self._build_shapes = shapes if len(shapes) != 1 else {"input_shape": next(iter(shapes.values()))}
        self.built = True
        structure.changed()

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
            if not hasattr(value, "__array__") or getattr(value, "dtype", None) == np.dtype(object):
                return value
            value = to_tensor(value)
        if self.autocast and not isinstance(value, Spec):
            dtype = F.dtype_of(value)
            if dtype != self._compute_dtype and dtype in FLOATING and self._compute_dtype in FLOATING:
                return F.astype(value, self._compute_dtype)
        elif self.autocast and value.dtype != self._compute_dtype and value.dtype in FLOATING:
            return Spec(value.shape, self._compute_dtype)
        return value

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
                *(_shapes_of(arg) for arg in args if any(map(_has_shape, leaves(arg))))
            )
            return shape_tree(shapes, self.compute_dtype)
        return infer_specs(self._call_cast, (self._cast_specs(args), self._cast_specs(kwargs)), {})

    def _cast_specs(self, tree: Any) -> Any:
        """Specs in place of symbolic tensors, floating ones in the compute dtype."""
        return map_values(lambda x: self._convert(Spec(x.shape, x.dtype)) if isinstance(x, KerasTensor) else x, tree)

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
        found = [loss for layer in self._flatten_layers() for loss in layer._losses]
        for variable in self.trainable_variables:
            if variable.regularizer is not None:
                found.append(variable.regularizer(variable))
        return found

    def _clear_losses(self) -> None:
        for layer in self._cached("layers", self._flatten_layers):
            if layer._losses:
                layer._losses.clear()

    # ------------------------------------------------------------ saving

    def save_own_variables(self, store: Any) -> None:
        """Puts its own variables into a mapping: ``"0"``, ``"1"``, ..."""
        for i, variable in enumerate(self._own_variables()):
            store[str(i)] = variable.numpy()

    def load_own_variables(self, store: Any) -> None:
        """Takes its own variables from a mapping.

        errors: ``ValueError`` for another number of variables, or another shape.
        """
        own = self._own_variables()
        if len(store.keys()) != len(own):
            hint = "" if self.built else " It is not built yet: call it on data, or `build` it, before"
            raise ValueError(
                f"layer {self.name!r} has {len(own)} variables, but {len(store.keys())} are stored for it.{hint}"
            )
        for i, variable in enumerate(own):
            variable.assign(store[str(i)])

    def get_config(self) -> dict[str, Any]:
        """The configuration from which `from_config` makes an equal layer (without its weights).

        errors: ``NotImplementedError`` if the constructor takes arguments that no configuration can hold.
        """
        config = self._base_config()
        if not _overrides(type(self), "get_config"):
            config.update(self._constructor_config())
        return config

    def _base_config(self) -> dict[str, Any]:
        from keras_front.saving import serialize_keras_object

        config: dict[str, Any] = {
            "name": self.name,
            "trainable": self._trainable,
            "dtype": serialize_keras_object(self._dtype_policy),
        }
        if self._activity_regularizer is not None:
            config["activity_regularizer"] = serialize_keras_object(self._activity_regularizer)
        return config

    def _constructor_config(self) -> dict[str, Any]:
        from keras_front.saving import serialize_keras_object

        init = type(self).__init__
        if init is Layer.__init__:
            return {}
        args, kwargs = self._init_arguments
        bound = inspect.signature(init).bind(self, *args, **kwargs)
        values: dict[str, Any] = {}
        for key, value in list(bound.arguments.items())[1:]:
            kind = bound.signature.parameters[key].kind
            if kind is inspect.Parameter.VAR_KEYWORD:
                values.update(value)
            elif kind is not inspect.Parameter.VAR_POSITIONAL:
                values[key] = value
        try:
            return {
                key: serialize_keras_object(value)
                for key, value in values.items()
                if key not in ("name", "trainable", "dtype")
            }
        except TypeError as error:
            raise NotImplementedError(
                f"layer {type(self).__name__!r} takes constructor arguments that cannot be written to a configuration "
                f"({error}): define `get_config(self)`"
            ) from error

    @classmethod
    def from_config(cls: type[Self], config: dict[str, Any]) -> Self:
        """A layer of a configuration that `get_config` gave."""
        if not _overrides(cls, "get_config"):
            # The constructor's arguments were written down as they were given, objects among them.
            from keras_front.saving import deserialize_config

            config = deserialize_config(config)
        try:
            return cls(**config)
        except TypeError as error:
            raise TypeError(
                f"{cls.__name__}.from_config: {error}; the configuration is {config!r:.300}"
            ) from error

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

    def _not_initialized(self) -> RuntimeError:
        return RuntimeError(
            f"layer {type(self).__name__!r} is not set up: call `super().__init__()` first in its `__init__`"
        )

    def __repr__(self) -> str:
        return f"<{type(self).__name__} name={self._name}, built={self.built}>"


def _noting_build(build: Callable[..., Any]) -> Callable[..., Any]:
    """``build`` so that a call by the user leaves the layer built, under its own name."""
    import functools

    if hasattr(build, "_notes"):
        return build

    @functools.wraps(build)
    def noting(self: Layer, *args: Any, **kwargs: Any) -> None:
        if not hasattr(self, "_weights"):
            raise self._not_initialized()
        with scope_of(self._name):
            if self._path is None:
                self._path = current_path()
            build(self, *args, **kwargs)
        self.built = True
        if self._build_shapes is None and (args or kwargs):
            shapes = {**dict(zip(("input_shape",), args, strict=False)), **kwargs}
            self._build_shapes = {key: value for key, value in shapes.items() if value is not None}
        structure.changed()

    noting._notes = True  # type: ignore[attr-defined]
    return noting


def _overrides(cls: type, method: str) -> bool:
    return getattr(cls, method) is not getattr(Layer, method)


def default_training(cls: type[Layer]) -> Any:
    """The default of a layer's training flag; ``None`` if it has none."""
    return calls.call_signature(cls, cls.call).defaults.get("training")


def _is_ours(cls: type) -> bool:
    """Whether a class is one of this library, whose ``call`` is known to run on shapes."""
    return cls.__module__.startswith("keras_front.")


def _made_trainable(variable: Variable) -> bool:
    return variable.trainable


def _unique(items: Iterable[Any]) -> list[Any]:
    return list({id(item): item for item in items}.values())


def _single(items: list[Any]) -> Any:
    return items[0] if len(items) == 1 else items


def _regularizer(identifier: Any) -> Any:
    if identifier is None:
        return None
    from keras_front import regularizers

    return regularizers.get(identifier)


def _has_shape(value: Any) -> bool:
    return hasattr(value, "shape") and hasattr(value, "dtype")


def _shapes_of(value: Any) -> Any:
    return map_values(lambda x: tuple(x.shape) if _has_shape(x) else None, value)


def _spec_of(value: Any) -> Any:
    if isinstance(value, Spec) or not _has_shape(value):
        return value
    dtype = value.dtype if isinstance(value.dtype, str) else F.dtype_of(value)
    return Spec(tuple(value.shape), dtype)


def map_values(function: Callable[[Any], Any], tree: Any) -> Any:
    """``function`` applied to every leaf of lists, tuples and dicts, ``None`` among them."""
    if isinstance(tree, (list, tuple)):
        return type(tree)([map_values(function, item) for item in tree])
    if isinstance(tree, dict):
        return {key: map_values(function, item) for key, item in tree.items()}
    return function(tree)


def is_shape(value: Any) -> bool:
    """Whether a value is one shape: a tuple or list of integers and ``None``."""
    return isinstance(value, (list, tuple)) and all(
        item is None or isinstance(item, (int, np.integer)) for item in value
    )


def _as_shape(tree: Any) -> Any:
    """Shapes of a configuration (lists) as tuples."""
    if is_shape(tree):
        return tuple(tree)
    if isinstance(tree, (list, tuple)):
        return [_as_shape(item) for item in tree]
    return {key: _as_shape(item) for key, item in tree.items()} if isinstance(tree, dict) else tree


def shape_tree(shapes: Any, dtype: str) -> Any:
    """Specs for a shape, or for nested shapes."""
    if is_shape(shapes):
        return Spec(tuple(shapes), dtype)
    if isinstance(shapes, dict):
        return {key: shape_tree(item, dtype) for key, item in shapes.items()}
    if isinstance(shapes, (list, tuple)):
        return [shape_tree(item, dtype) for item in shapes]
    raise ValueError(f"a shape is a tuple of integers and None, got {shapes!r}")
