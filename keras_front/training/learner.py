"""`Learner`: what a model learns by, and one step of it."""

from __future__ import annotations

from typing import Any

from keras_front import metrics as metrics_module
from keras_front import optimizers
from keras_front.core.dispatch import F, backend
from keras_front.core.layer import Layer
from keras_front.core.tracking import structure
from keras_front.core.variable import Variable
from keras_front.interpret.lifted import leaves
from keras_front.random.seed import global_seed_variables
from keras_front.training.compile import CompileLoss, CompileMetrics
from keras_front.training.data import unpack
from keras_front.training.gradient import value_and_grad
from keras_front.training.step import Step


class Learner(Layer):
    """A layer with optimizer, loss and metrics, and the steps in which it learns, is judged and predicts."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self._forget_compilation()

    def _forget_compilation(self) -> None:
        self.compiled = False
        self.stop_training = False
        self.optimizer: Any = None
        self.loss: Any = None
        self.run_eagerly = False
        self.jit_compile: Any = "auto"
        self.steps_per_execution = 1
        self._loss_tracker: Any = None
        self._compile_loss: CompileLoss | None = None
        self._compile_metrics: CompileMetrics | None = None
        self._compile_arguments: dict[str, Any] = {}
        self._steps: dict[str, Step] = {}
        self.history: Any = None

    # ------------------------------------------------------------ compiling

    def compile(
        self,
        optimizer: Any = "rmsprop",
        loss: Any = None,
        loss_weights: Any = None,
        metrics: Any = None,
        weighted_metrics: Any = None,
        run_eagerly: bool = False,
        steps_per_execution: int = 1,
        jit_compile: bool | str = "auto",
        auto_scale_loss: bool = True,
    ) -> None:
        """Chooses how the model learns.

        ``optimizer``, ``loss``, ``metrics``: names or objects; for several outputs, losses and metrics as lists or as dicts
        by output name.  ``loss_weights``: factors of the losses.  ``weighted_metrics``: metrics that take sample weights.
        ``run_eagerly``: run each step as plain Python, for debugging.  ``jit_compile``: ``"auto"`` leaves it to the backend.

        errors: ``ValueError`` for an unknown name, with the nearest known one.

        >>> model = keras.Sequential([keras.Input((4,)), keras.layers.Dense(1)])
        >>> model.compile(optimizer="sgd", loss="mean_squared_error", metrics=["mae"])
        >>> model.compiled
        True
        """
        if jit_compile not in (True, False, "auto"):
            raise ValueError(f"`jit_compile` must be True, False or 'auto', got {jit_compile!r}")
        names = (
            getattr(self, "output_names", None)
            if self.built and hasattr(type(self), "output_names")
            else None
        )
        new_optimizer = optimizers.get(optimizer)
        new_loss = CompileLoss(loss, loss_weights, names) if loss is not None else None
        new_metrics = CompileMetrics(metrics, weighted_metrics, names)
        self._forget_compilation()
        self.optimizer = new_optimizer
        self.loss, self._compile_loss, self._compile_metrics = loss, new_loss, new_metrics
        self._loss_tracker = metrics_module.Mean(name="loss")
        self.run_eagerly = bool(run_eagerly)
        self.jit_compile = jit_compile
        self.steps_per_execution = steps_per_execution
        self._compile_arguments = {
            "optimizer": optimizer, "loss": loss, "loss_weights": loss_weights, "metrics": metrics,
            "weighted_metrics": weighted_metrics, "run_eagerly": run_eagerly,
            "steps_per_execution": steps_per_execution, "jit_compile": jit_compile,
        }  # fmt: skip
        self.compiled = True
        structure.changed()

    def _need_compiled(self, method: str) -> None:
        if not self.compiled:
            raise ValueError(
                f"call `compile(optimizer, loss, ...)` before `{method}`: the model has no loss to work with"
            )

    @property
    def metrics(self) -> list[Any]:
        """The loss tracker, the metrics of `compile`, and those of layers inside."""
        found = [self._loss_tracker] if self._loss_tracker is not None else []
        if self._compile_loss is not None:
            found.extend(self._compile_loss.trackers)
        if self._compile_metrics is not None:
            found.extend(self._compile_metrics.metrics)
        known = {id(metric) for metric in found}
        found.extend(m for m in super().metrics if id(m) not in known)
        return found

    @property
    def metrics_names(self) -> list[str]:
        """The names of its metrics."""
        return [metric.name for metric in self.metrics]

    def reset_metrics(self) -> None:
        """Sets all metrics to their beginning."""
        for metric in self.metrics:
            metric.reset_state()

    def get_metrics_result(self) -> dict[str, Any]:
        """The present results of the metrics, by name."""
        results: dict[str, Any] = {}
        for metric in self.metrics:
            if (
                metric is self._loss_tracker
                and self._compile_loss is None
                and not self._has_own_step("train")
            ):
                continue
            result = metric.result()
            if isinstance(result, dict):
                results.update(result)
            else:
                results[metric.name] = result
        return results

    # ------------------------------------------------------------ one step

    def compute_loss(
        self,
        x: Any = None,
        y: Any = None,
        y_pred: Any = None,
        sample_weight: Any = None,
        training: bool = True,
    ) -> Any:
        """The loss of a batch: that of `compile`, and what layers and regularizers add.  A subclass may override it."""
        total = None
        if self._compile_loss is not None and y is not None:
            total = self._compile_loss(y, y_pred, sample_weight)
        for extra in self.losses:
            total = extra if total is None else F.add(total, extra)
        return F.full((), 0.0, dtype="float32") if total is None else total

    def compute_metrics(self, x: Any, y: Any, y_pred: Any, sample_weight: Any = None) -> dict[str, Any]:
        """Takes a batch into the metrics and returns their results.  A subclass may override it."""
        self._update_metrics(y, y_pred, sample_weight)
        return self.get_metrics_result()

    def _update_metrics(self, y: Any, y_pred: Any, sample_weight: Any) -> None:
        if self._compile_metrics is not None and y is not None:
            self._compile_metrics.update_state(y, y_pred, sample_weight)

    def train_step(self, data: Any) -> dict[str, Any]:
        """One step of training on a batch.  A subclass may override it, with `keras_front.value_and_grad`."""
        y, y_pred, x, sample_weight = self._learn(data)
        return self.compute_metrics(x, y, y_pred, sample_weight)

    def test_step(self, data: Any) -> dict[str, Any]:
        """One step of evaluation on a batch.  A subclass may override it."""
        y, y_pred, x, sample_weight = self._judge(data)
        return self.compute_metrics(x, y, y_pred, sample_weight)

    def predict_step(self, data: Any) -> Any:
        """The outputs for a batch.  A subclass may override it."""
        return self(unpack(data)[0], **self._training(False))

    def _training(self, flag: bool) -> dict[str, bool]:
        return {"training": flag} if self._takes_training else {}

    def _learn(self, data: Any) -> tuple[Any, Any, Any, Any]:
        """Forward, backward, update; returns what the metrics need."""
        x, y, sample_weight = unpack(data)
        variables = self.trainable_variables

        def forward(x: Any, y: Any, sample_weight: Any) -> tuple[Any, Any]:
            y_pred = self(x, **self._training(True))
            loss = self.compute_loss(x, y, y_pred, sample_weight, training=True)
            return self.optimizer.scale_loss(loss), (loss, y_pred)

        (_, (loss, y_pred)), gradients = value_and_grad(forward, variables, has_aux=True)(x, y, sample_weight)
        self.optimizer.apply(gradients, variables)
        self._track_loss(loss, x)
        return y, y_pred, x, sample_weight

    def _judge(self, data: Any) -> tuple[Any, Any, Any, Any]:
        """Forward and loss; returns what the metrics need."""
        x, y, sample_weight = unpack(data)
        y_pred = self(x, **self._training(False))
        self._track_loss(self.compute_loss(x, y, y_pred, sample_weight, training=False), x)
        return y, y_pred, x, sample_weight

    def _track_loss(self, loss: Any, x: Any) -> None:
        if hasattr(x, "shape"):
            rows = x.shape[0]
        else:
            rows = next((leaf.shape[0] for leaf in leaves(x) if hasattr(leaf, "shape")), 1)
        self._loss_tracker.update_state(loss, sample_weight=rows)

    def _has_own_step(self, kind: str) -> bool:
        return getattr(type(self), f"{kind}_step") is not getattr(Learner, f"{kind}_step")

    def _step(self, kind: str) -> Step:
        """The step of a kind (``"train"``, ``"test"``, ``"predict"``), made once."""
        if kind not in self._steps:
            self._steps[kind] = self._make_step(kind)
        return self._steps[kind]

    def _make_step(self, kind: str) -> Step:
        own = self._has_own_step(kind)
        plain_metrics = type(self).compute_metrics is Learner.compute_metrics
        step = getattr(self, f"{kind}_step")

        eager = self.run_eagerly or self.jit_compile is False
        traced = backend.traits.compiled and not eager

        def run(batch: Any) -> Any:
            result = None
            if own or not plain_metrics or kind == "predict":
                result = step(batch)
            else:
                # The results of the metrics are read when they are shown, not in each step.
                y, y_pred, _, sample_weight = self._learn(batch) if kind == "train" else self._judge(batch)
                self._update_metrics(y, y_pred, sample_weight)
            if traced:
                # What layers added to the loss belongs to the trace, and means nothing after it.
                self._clear_losses()
            return result

        if kind != "train":
            run = F.no_gradient(run)

        def changed() -> list[Variable]:
            found = [*self.non_trainable_variables, *global_seed_variables()]
            if kind != "predict":
                found += [v for metric in self.metrics for v in metric.variables]
            if kind == "train":
                found += [*self.trainable_variables, *self.optimizer.variables]
            return list({id(v): v for v in found}.values())

        return Step(
            run,
            changed,
            lambda: self.variables,
            eager,
            donate=kind == "train",
        )

    def make_train_function(self, force: bool = False) -> Any:
        """The function of one training step; ``force`` makes it anew."""
        if force:
            self._steps.pop("train", None)
        return self._step("train").on_batch

    # ------------------------------------------------------------ saving

    def get_compile_config(self) -> dict[str, Any]:
        """The arguments of `compile` as a configuration holds them."""
        from keras_front.saving import serialize_keras_object

        config = {key: serialize_keras_object(value) for key, value in self._compile_arguments.items()}
        config["optimizer"] = serialize_keras_object(self.optimizer)
        return config

    def compile_from_config(self, config: dict[str, Any]) -> None:
        """Compiles with the arguments that `get_compile_config` gave."""
        from keras_front.saving import deserialize_config

        self.compile(**deserialize_config(config))
        if self.built and self.optimizer is not None and not self.optimizer.built:
            self.optimizer.build(self.trainable_variables)
