"""What `Model.compile` is given, resolved: one loss of all outputs, and the metrics of each."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from keras_front import losses as losses_module
from keras_front import metrics as metrics_module
from keras_front.core.dispatch import F
from keras_front.interpret.lifted import leaves


def _per_output(given: Any, what: str, names: Sequence[str], count: int) -> list[Any]:
    """One entry for each output, of an argument given as one, as a list, or as a dict by output name.

    errors: ``ValueError`` for a list of another length, or a name that no output has.
    """
    if isinstance(given, dict):
        unknown = sorted(set(given) - set(names))
        if unknown:
            raise ValueError(f"`{what}` names the output(s) {unknown}, but the model's are {list(names)}")
        return [given.get(name) for name in names]
    if isinstance(given, (list, tuple)):
        if len(given) != count:
            raise ValueError(f"`{what}` holds {len(given)} entries, but the model has {count} output(s)")
        return list(given)
    return [given] * count


class CompileLoss:
    """The loss of a model: the weighted sum of the losses of its outputs.

    errors: ``ValueError`` for an unknown name (with a suggestion), at once.
    """

    def __init__(self, loss: Any, loss_weights: Any, output_names: Sequence[str] | None) -> None:
        self._given, self._weights = loss, loss_weights
        self._names = output_names
        self._terms: list[tuple[Callable[..., Any], float | None] | None] = []
        #: Means of the single losses, if there are several outputs.
        self.trackers: list[Any] = []
        # Names are looked up now, so that a misspelt one is told where it was written.
        flat = (
            given.values()
            if isinstance(given := loss, dict)
            else given
            if isinstance(given, (list, tuple))
            else [given]
        )
        self._functions = {id(item): _loss_function(item) for item in flat if item is not None}

    def build(self, y_pred: Any) -> None:
        """Assigns losses and weights to the outputs."""
        outputs = list(leaves(y_pred))
        names = _names(y_pred, self._names, len(outputs))
        given = _per_output(self._given, "loss", names, len(outputs))
        weights = _per_output(self._weights, "loss_weights", names, len(outputs))
        self._terms = [
            None if loss is None else (self._functions[id(loss)], weight)
            for loss, weight in zip(given, weights, strict=True)
        ]
        if len(outputs) > 1:
            self.trackers = [
                metrics_module.Mean(name=f"{name}_loss")
                for name, loss in zip(names, given, strict=True)
                if loss is not None
            ]

    @property
    def functions(self) -> list[Callable[..., Any] | None]:
        """The loss of each output."""
        return [term and term[0] for term in self._terms]

    def __call__(self, y_true: Any, y_pred: Any, sample_weight: Any = None) -> Any:
        """The loss as a scalar."""
        if not self._terms:
            self.build(y_pred)
        if len(self._terms) == 1:
            term = self._terms[0]
            assert term is not None
            value = term[0](_only(y_true), _only(y_pred), _only(sample_weight))
            return value if term[1] is None else F.multiply(value, float(term[1]))
        outputs = list(leaves(y_pred))
        names = _names(y_pred, self._names, len(outputs))
        truths = _per_output(y_true, "y", names, len(outputs))
        weights = _per_output(sample_weight, "sample_weight", names, len(outputs))
        total = None
        trackers = iter(self.trackers)
        for term, truth, output, weight in zip(self._terms, truths, outputs, weights, strict=True):
            if term is None:
                continue
            value = term[0](truth, output, weight)
            next(trackers).update_state(F.stop_gradient(value), sample_weight=output.shape[0])
            if term[1] is not None:
                value = F.multiply(value, float(term[1]))
            total = value if total is None else F.add(total, value)
        return total


_TREES = (list, tuple, dict)


def _only(tree: Any) -> Any:
    """The single leaf of a tree; ``None`` of an empty one."""
    return next(leaves(tree), None) if isinstance(tree, _TREES) else tree


def _names(y_pred: Any, names: Sequence[str] | None, count: int) -> list[str]:
    if isinstance(y_pred, dict):
        return list(y_pred)
    if names is not None and len(names) == count:
        return list(names)
    return [f"output_{i}" for i in range(count)]


def _loss_function(identifier: Any) -> Callable[..., Any]:
    """``(y_true, y_pred, sample_weight) -> scalar`` of a loss given by name, object or function."""
    loss = losses_module.get(identifier)
    if isinstance(loss, losses_module.Loss):
        return loss
    return losses_module.LossFunctionWrapper(loss, name=getattr(loss, "__name__", None))


#: What the short names stand for: one metric for each kind of target.
_SHORT = {
    "accuracy": ("BinaryAccuracy", "SparseCategoricalAccuracy", "CategoricalAccuracy"),
    "acc": ("BinaryAccuracy", "SparseCategoricalAccuracy", "CategoricalAccuracy"),
    "crossentropy": ("BinaryCrossentropy", "SparseCategoricalCrossentropy", "CategoricalCrossentropy"),
    "ce": ("BinaryCrossentropy", "SparseCategoricalCrossentropy", "CategoricalCrossentropy"),
}


class CompileMetrics:
    """The metrics of a model: for each output those without and those with sample weights.

    errors: ``ValueError`` for an unknown name (with a suggestion), at once.
    """

    def __init__(self, metrics: Any, weighted_metrics: Any, output_names: Sequence[str] | None) -> None:
        self._given = {"metrics": metrics, "weighted_metrics": weighted_metrics}
        self._names = output_names
        for what, given in self._given.items():
            _check_form(what, given)
            for item in leaves(given):
                if item is not None and item not in _SHORT:
                    metrics_module.get(item)
        self._terms: list[tuple[int, Any, bool]] = []
        self.built = False

    @property
    def metrics(self) -> list[Any]:
        """The metric objects, in the order of the outputs."""
        return [metric for _, metric, _ in self._terms]

    def build(self, y_true: Any, y_pred: Any) -> None:
        """Makes the metrics for targets and outputs of these shapes."""
        outputs = list(leaves(y_pred))
        names = _names(y_pred, self._names, len(outputs))
        truths = (
            _per_output(y_true, "y", names, len(outputs))
            if len(outputs) > 1
            else [next(leaves(y_true), None)]
        )
        for what, weighted in (("metrics", False), ("weighted_metrics", True)):
            for i, given in enumerate(self._by_output(what, names, len(outputs))):
                for item in given:
                    metric = _metric(item, truths[i], outputs[i])
                    if len(outputs) > 1:
                        metric.name = f"{names[i]}_{metric.name}"
                    self._terms.append((i, metric, weighted))
        self.built = True

    def _by_output(self, what: str, names: Sequence[str], count: int) -> list[list[Any]]:
        given = self._given[what]
        if given is None:
            return [[] for _ in range(count)]
        if isinstance(given, dict) or (count > 1 and any(isinstance(item, (list, tuple)) for item in given)):
            return [_as_list(item) for item in _per_output(given, what, names, count)]
        if count > 1:
            raise ValueError(
                f"the model has {count} outputs, so `{what}` must be a dict by output name or a list of lists, got {given!r}"
            )
        return [[item for entry in given for item in _as_list(entry)]]

    def update_state(self, y_true: Any, y_pred: Any, sample_weight: Any = None) -> None:
        """Takes the targets and outputs of a batch into account."""
        if not self.built:
            self.build(y_true, y_pred)
        outputs = list(leaves(y_pred)) if isinstance(y_pred, _TREES) else [y_pred]
        count = len(outputs)
        if count == 1:
            truths, weights = [_only(y_true)], [_only(sample_weight)]
        else:
            names = _names(y_pred, self._names, count)
            truths = _per_output(y_true, "y", names, count)
            weights = _per_output(sample_weight, "sample_weight", names, count)
        for i, metric, weighted in self._terms:
            if truths[i] is None:
                continue
            if weighted:
                metric.update_state(truths[i], outputs[i], sample_weight=weights[i])
            else:
                metric.update_state(truths[i], outputs[i])


def _check_form(what: str, given: Any) -> None:
    if given is not None and not isinstance(given, (list, tuple, dict)):
        raise ValueError(
            f"`{what}` must be a list, or a dict by output name, got {given!r}: write {what}=[...]"
        )


def _as_list(value: Any) -> list[Any]:
    if value is None:
        return []
    return list(value) if isinstance(value, (list, tuple)) else [value]


def _metric(identifier: Any, y_true: Any, y_pred: Any) -> Any:
    """The metric object of a name, object or function."""
    name = identifier if isinstance(identifier, str) else None
    if name in _SHORT:
        binary, sparse, categorical = _SHORT[name]
        identifier = categorical
        if y_pred.shape[-1] == 1:
            identifier = binary
        elif len(y_true.shape) < len(y_pred.shape) or y_true.shape[-1] == 1:
            identifier = sparse
    metric = metrics_module.get(identifier)
    if isinstance(metric, type):
        metric = metric()
    if not isinstance(metric, metrics_module.Metric):
        metric = metrics_module.MeanMetricWrapper(metric, name=getattr(metric, "__name__", None))
    if name is not None:
        metric.name = name
    return metric
