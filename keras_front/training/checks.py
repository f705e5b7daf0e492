"""What is checked of data before a step sees it, so that a compiled step need not."""

from __future__ import annotations

from typing import Any

from keras_front import losses as losses_module
from keras_front.core.convert import to_numpy
from keras_front.interpret.lifted import leaves


def check_fit_arguments(
    x: Any, epochs: Any, initial_epoch: Any, validation_freq: Any, validation_split: Any, validation_data: Any
) -> None:
    """errors: ``ValueError`` naming the argument of `fit` that cannot be."""
    if x is None:
        raise ValueError("`x` is missing: `fit` needs input data")
    for name, value, least in (("epochs", epochs, 0), ("initial_epoch", initial_epoch, 0)):
        if isinstance(value, bool) or not hasattr(value, "__index__") or int(value) < least:
            raise ValueError(f"`{name}` must be an integer of at least {least}, got {value!r}")
    if isinstance(validation_freq, (list, tuple)):
        return
    if isinstance(validation_freq, bool) or not hasattr(validation_freq, "__index__") or validation_freq < 1:
        raise ValueError(
            f"`validation_freq` must be an integer of at least 1, or a list of epochs, got {validation_freq!r}"
        )
    if validation_split and validation_data is not None:
        raise ValueError("give `validation_split` or `validation_data`, not both")


def check_targets(loss: Any, y_true: Any, y_pred: Any) -> None:
    """Holds the number and shapes of the targets against the outputs.

    errors: ``ValueError`` for another number of targets than outputs.
    """
    if loss is None:
        return
    truths, outputs = list(leaves(y_true)), list(leaves(y_pred))
    if len(outputs) > 1 and not isinstance(y_true, dict) and len(truths) != len(outputs):
        raise ValueError(f"the model has {len(outputs)} outputs, but `y` holds {len(truths)} targets")


def check_labels(loss: Any, y: Any, model: Any) -> None:
    """Holds integer labels against the number of classes: a compiled step could not tell.

    errors: ``ValueError`` naming the label and the range.
    """
    shapes = (
        getattr(model, "output_shape", None) if getattr(model, "_functional", model) is not None else None
    )
    functions = loss.functions
    truths = list(leaves(y))
    if shapes is None or len(functions) != len(truths):
        return
    outputs = (
        [shapes]
        if isinstance(shapes, tuple)
        else list(shapes.values() if isinstance(shapes, dict) else shapes)
    )
    for function, truth, shape in zip(functions, truths, outputs, strict=False):
        if (
            not isinstance(function, losses_module.SparseCategoricalCrossentropy)
            or not shape
            or shape[-1] is None
        ):
            continue
        labels = to_numpy(truth)
        ignored = getattr(function, "ignore_class", None)
        if ignored is not None:
            labels = labels[labels != ignored]
        if not labels.size:
            continue
        low, high = labels.min(), labels.max()
        if low < 0 or high >= shape[-1]:
            raise ValueError(
                f"`y` holds the label {low if low < 0 else high}, but the model has {shape[-1]} classes: labels must be from "
                f"0 to {shape[-1] - 1}"
            )
