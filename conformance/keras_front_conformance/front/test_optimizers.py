"""Optimizers and schedules: steps, what is kept, configurations, errors; real Keras says what is right."""

from __future__ import annotations

import copy
import warnings
from typing import Any

import numpy as np
import pytest

from keras_front import Variable, name_scope, ops, optimizers
from keras_front.core.dispatch import F
from keras_front.core.overlay import Overlay
from keras_front.optimizers import schedules

from .oracle import keras

RNG = np.random.default_rng(5)
SHAPES = {"kernel": (4, 3), "bias": (3,), "scale": (1,)}
START = {name: RNG.normal(size=shape).astype("float32") for name, shape in SHAPES.items()}
STEPS = 10
GRADIENTS = [[RNG.normal(size=s).astype("float32") * 3 for s in SHAPES.values()] for _ in range(STEPS)]


def schedule(of: Any, name: str = "ExponentialDecay") -> Any:
    module = of.optimizers.schedules if of is keras else schedules
    return getattr(module, name)(0.1, 3, 0.5)


CASES: dict[str, tuple[str, dict[str, Any]]] = {
    "sgd": ("SGD", {}),
    "sgd momentum": ("SGD", {"momentum": 0.9}),
    "sgd nesterov": ("SGD", {"momentum": 0.9, "nesterov": True}),
    "sgd schedule": ("SGD", {"momentum": 0.5, "learning_rate": schedule}),
    "sgd decay": ("SGD", {"weight_decay": 0.1, "learning_rate": 0.1}),
    "sgd clipnorm": ("SGD", {"clipnorm": 1.0}),
    "sgd clipvalue": ("SGD", {"clipvalue": 0.5}),
    "sgd global": ("SGD", {"global_clipnorm": 1.0, "momentum": 0.9}),
    "sgd global unreached": ("SGD", {"global_clipnorm": 1e6}),
    "sgd scaled": ("SGD", {"loss_scale_factor": 4.0}),
    "sgd accumulate": ("SGD", {"momentum": 0.9, "gradient_accumulation_steps": 3}),
    "sgd ema": ("SGD", {"use_ema": True, "ema_momentum": 0.5, "ema_overwrite_frequency": 4}),
    "adam": ("Adam", {}),
    "adam betas": ("Adam", {"beta_1": 0.5, "beta_2": 0.9, "epsilon": 1e-3, "learning_rate": 0.1}),
    "adam amsgrad": ("Adam", {"amsgrad": True, "learning_rate": 0.05}),
    "adam decay": ("Adam", {"weight_decay": 0.01}),
    "adam schedule": ("Adam", {"learning_rate": schedule}),
    "adam accumulate": ("Adam", {"gradient_accumulation_steps": 2, "weight_decay": 0.1, "clipnorm": 0.5}),
    "adam accumulate schedule": ("Adam", {"gradient_accumulation_steps": 4, "learning_rate": schedule}),
    "adam ema": ("Adam", {"use_ema": True, "ema_momentum": 0.9}),
    "adam everything": (
        "Adam",
        {
            "amsgrad": True, "gradient_accumulation_steps": 2, "use_ema": True, "ema_overwrite_frequency": 3,
            "weight_decay": 0.1, "global_clipnorm": 1.0, "loss_scale_factor": 2.0,
        },
    ),
    "adamw": ("AdamW", {}),
    "adamw decay": ("AdamW", {"weight_decay": 0.1, "learning_rate": 0.1}),
    "rmsprop": ("RMSprop", {}),
    "rmsprop momentum": ("RMSprop", {"momentum": 0.9, "rho": 0.5}),
    "rmsprop centered": ("RMSprop", {"centered": True, "weight_decay": 0.1}),
}  # fmt: skip


def make(of: Any, case: str) -> Any:
    name, kwargs = CASES[case]
    kwargs = {key: value(of) if value is schedule else value for key, value in kwargs.items()}
    return getattr(of.optimizers if of is keras else optimizers, name)(**kwargs)


def variables(cls: Any = Variable) -> list[Any]:
    with name_scope("layer"), keras.name_scope("layer"):
        return [cls(value, name=name) for name, value in START.items()]


def numbers(held: Any) -> list[np.ndarray]:
    return [np.asarray(ops.convert_to_numpy(v)) for v in held]


def close(found: Any, expected: Any, step: int = 0) -> None:
    # Keras computes 1 - beta**step in float32, which costs its Adam about 4 digits of a step.
    for mine, real in zip(found, expected, strict=True):
        np.testing.assert_allclose(mine, real, rtol=1e-5, atol=1e-5, err_msg=f"step {step}")


@pytest.mark.parametrize("case", CASES)
def test_steps(case: str) -> None:
    ours, theirs = make(None, case), make(keras, case)
    mine, real = variables(), variables(keras.Variable)
    ours.build(mine)
    theirs.build(real)
    assert [(v.path.partition("/")[2], v.dtype, tuple(v.shape)) for v in ours.variables] == [
        (v.path.partition("/")[2], v.dtype, tuple(v.shape)) for v in theirs.variables
    ]
    for step, gradients in enumerate(GRADIENTS):
        ours.apply([ops.convert_to_tensor(g) for g in gradients], mine)
        theirs.apply([keras.ops.convert_to_tensor(g) for g in gradients], real)
        close(numbers(mine), [np.asarray(v) for v in real], step)
        close(numbers(ours.variables), [np.asarray(v) for v in theirs.variables], step)
    ours.finalize_variable_values(mine)
    theirs.finalize_variable_values(real)
    close(numbers(mine), [np.asarray(v) for v in real])
    assert int(ops.convert_to_numpy(ours.iterations)) == int(theirs.iterations)


@pytest.mark.parametrize("case", CASES)
def test_a_compiled_step_and_a_pure_one_are_the_same(case: str) -> None:
    eager, mine = make(None, case), variables()
    eager.build(mine)
    other, held = make(None, case), variables()
    other.build(held)
    count = len(held)
    everything = [*held, *other.variables]

    def pure(values: list[Any], gradients: list[Any]) -> list[Any]:
        with Overlay(everything, values) as overlay:
            other.apply(gradients, held)
            return [overlay.read(v) for v in everything]

    step = F.compile(pure)
    values = [ops.convert_to_tensor(v.numpy()) for v in everything]
    for gradients in GRADIENTS[:5]:
        tensors = [ops.convert_to_tensor(g) for g in gradients]
        eager.apply(tensors, mine)
        before = numbers(values)
        once = other.stateless_apply(values[count:], tensors, values[:count])
        close(numbers(values), before)
        values = step(values, tensors)
        close(numbers([*once[0], *once[1]]), numbers(values))
    close(numbers(values), numbers([*mine, *eager.variables]))
    # The variables themselves have not moved.
    close(numbers(held), START.values())


@pytest.mark.parametrize("case", CASES)
def test_configurations(case: str) -> None:
    keras.backend.clear_session()
    ours, theirs = make(None, case), make(keras, case)
    ours.name = theirs.name
    config = optimizers.serialize(ours)
    assert config == keras.optimizers.serialize(theirs)
    assert list(config["config"]) == list(keras.optimizers.serialize(theirs)["config"])
    before = copy.deepcopy(config)
    again = optimizers.deserialize(config)
    assert config == before
    assert optimizers.serialize(again) == config


@pytest.mark.parametrize("case", ["adam everything", "sgd nesterov", "rmsprop momentum"])
def test_state_goes_to_keras_and_back(case: str) -> None:
    ours, mine = make(None, case), variables()
    for gradients in GRADIENTS[:3]:
        ours.apply(gradients, mine)
    store: dict[str, Any] = {}
    ours.save_own_variables(store)
    theirs, real = make(keras, case), variables(keras.Variable)
    theirs.build(real)
    theirs.load_own_variables(store)
    for variable, value in zip(real, mine, strict=True):
        variable.assign(value.numpy())
    back: dict[str, Any] = {}
    theirs.save_own_variables(back)
    again, copies = make(None, case), [Variable(v.numpy(), name=v.name) for v in mine]
    again.build(copies)
    again.load_own_variables(back)
    for gradients in GRADIENTS[3:6]:
        again.apply(gradients, copies)
        theirs.apply([keras.ops.convert_to_tensor(g) for g in gradients], real)
    close(numbers(copies), [np.asarray(v) for v in real])
    unbuilt = make(None, case)
    with pytest.warns(UserWarning, match=r"not loaded.*build"):
        unbuilt.load_own_variables(store)


SCHEDULES = [
    ("ExponentialDecay", (0.1, 10, 0.5), {}),
    ("ExponentialDecay", (0.1, 10, 0.5), {"staircase": True}),
    ("InverseTimeDecay", (0.1, 10, 0.5), {}),
    ("InverseTimeDecay", (0.1, 10, 0.5), {"staircase": True}),
    ("PolynomialDecay", (0.1, 10), {"power": 2.0}),
    ("PolynomialDecay", (0.1, 10), {"cycle": True, "end_learning_rate": 0.01}),
    ("PiecewiseConstantDecay", ([5, 10], [1.0, 0.5, 0.25]), {}),
    ("CosineDecay", (0.1, 10), {"alpha": 0.1}),
    ("CosineDecay", (0.01, 10), {"warmup_target": 0.1, "warmup_steps": 5}),
]


@pytest.mark.parametrize(("name", "args", "kwargs"), SCHEDULES, ids=str)
def test_schedules(name: str, args: Any, kwargs: Any) -> None:
    ours = getattr(schedules, name)(*args, **kwargs)
    theirs = getattr(keras.optimizers.schedules, name)(*args, **kwargs)
    for step in (0, 1, 4, 5, 6, 9, 10, 11, 15, 20, 21, 37):
        assert float(ours(step)) == pytest.approx(float(theirs(step)), rel=1e-5, abs=1e-8)
        assert ops.dtype(ours(Variable(step, dtype="int32"))) == "float32"
    config = schedules.serialize(ours)
    assert config == keras.optimizers.schedules.serialize(theirs)
    assert schedules.deserialize(config).get_config() == config["config"]


def test_learning_rate_can_be_read_and_set() -> None:
    optimizer = optimizers.SGD(0.5)
    assert float(optimizer.learning_rate) == 0.5
    optimizer.learning_rate = 0.25
    v = Variable([1.0])
    optimizer.apply([np.ones(1, "float32")], [v])
    assert float(v.numpy()[0]) == 0.75
    optimizer.learning_rate = schedules.ExponentialDecay(1.0, 1, 0.5)
    assert [x.name for x in optimizer.variables] == ["iteration"]
    assert float(optimizer.learning_rate) == 0.5
    optimizer.apply([np.ones(1, "float32")], [v])
    assert float(v.numpy()[0]) == 0.25
    with pytest.raises(TypeError, match="LearningRateSchedule"):
        optimizer.learning_rate = 0.1
    called = optimizers.SGD(lambda: 0.125)
    called.apply([np.ones(1, "float32")], [v])
    assert float(v.numpy()[0]) == 0.125
    shared = Variable(1.0)
    assert optimizers.SGD(shared).learning_rate is shared


def test_spellings_of_2019() -> None:
    with pytest.warns(DeprecationWarning, match="`learning_rate`"):
        optimizer = optimizers.Adam(lr=0.5)
    assert float(optimizer.learning_rate) == 0.5
    with pytest.warns(DeprecationWarning, match="InverseTimeDecay"):
        slower = optimizers.SGD(learning_rate=1.0, decay=1.0)
    v = Variable([2.0])
    for expected in (1.0, 0.5):
        slower.apply([np.ones(1, "float32")], [v])
        assert float(v.numpy()[0]) == expected
    with pytest.warns(DeprecationWarning, match=r"optimizer\.learning_rate"):
        assert float(slower.lr) == pytest.approx(1 / 3)
    with pytest.raises(ValueError, match="speed"):
        optimizers.Adam(speed=2)


def test_apply_gradients_and_gradients_that_are_missing() -> None:
    a, b = Variable([1.0], name="a"), Variable([1.0], name="b")
    optimizer = optimizers.Adam(0.5)
    one = np.ones(1, "float32")
    optimizer.apply_gradients(zip([one, one], [a, b], strict=True))
    with pytest.warns(UserWarning, match=r"no gradients.*\['b'\]"):
        optimizer.apply_gradients([(one, a), (None, b)])
    optimizer.apply([one], [a])
    assert float(b.numpy()[0]) == pytest.approx(0.5, abs=1e-5)
    assert float(a.numpy()[0]) == pytest.approx(-0.5, abs=1e-5)
    assert int(optimizer.iterations) == 3
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        optimizer.apply([], [])
        # Other dtypes and plain numbers are made fit.
        optimizer.apply([[1.0], np.ones(1, "float64")], [a, b])


def test_constraints_hold_after_the_update() -> None:
    v = Variable([1.0, -1.0])
    v.constraint = lambda w: ops.maximum(w, 0.0)
    optimizers.SGD(0.5).apply([np.ones(2, "float32")], [v])
    assert v.numpy().tolist() == [0.5, 0.0]


def test_weight_decay_leaves_out_what_is_excluded() -> None:
    a, b, c = (Variable([1.0], name=name) for name in ("kernel", "bias", "other"))
    optimizer = optimizers.SGD(0.5, weight_decay=0.5)
    optimizer.exclude_from_weight_decay(var_list=[c], var_names=["bias"])
    optimizer.apply([np.zeros(1, "float32")] * 3, [a, b, c])
    assert [float(v.numpy()[0]) for v in (a, b, c)] == [0.75, 1.0, 1.0]
    with pytest.raises(ValueError, match="before"):
        optimizer.exclude_from_weight_decay(var_names=["x"])


def test_values_read_before_do_not_change_where_they_are_copies() -> None:
    v = Variable(np.ones((3, 2), "float32"))
    before = v.numpy()
    optimizers.Adam().apply([np.ones((3, 2), "float32")], [v])
    assert (before == 1).all() and (v.numpy() < 1).all()


def test_assigned_values_are_updated() -> None:
    # Packed into one buffer or not, a variable keeps what it is given.
    pair = [Variable(np.ones(3, "float32"), name=str(i)) for i in range(2)]
    optimizer = optimizers.SGD(1.0, momentum=0.5)
    ones = [np.ones(3, "float32")] * 2
    optimizer.apply(ones, pair)
    pair[0].assign(np.full(3, 7.0))
    optimizer.variables[2].assign(np.zeros(3))
    optimizer.apply(ones, pair)
    assert pair[0].numpy().tolist() == [6.0] * 3
    assert pair[1].numpy().tolist() == [-1.5] * 3


class Sign(optimizers.Optimizer):
    """A user's optimizer, in the form Keras documents."""

    def build(self, variables: Any) -> None:
        super().build(variables)
        self.counts = [self.add_variable_from_reference(v, name="count") for v in variables]

    def update_step(self, gradient: Any, variable: Any, learning_rate: Any) -> None:
        count = self.counts[self._get_variable_index(variable)]
        self.assign_add(count, ops.ones_like(count))
        self.assign_sub(variable, ops.multiply(ops.sign(gradient), learning_rate))


def test_a_users_optimizer() -> None:
    v = Variable([1.0, 1.0], name="v")
    optimizer = Sign(0.25, clipvalue=1.0)
    optimizer.apply([np.array([3.0, -3.0], "float32")], [v])
    assert v.numpy().tolist() == [0.75, 1.25]
    assert [x.name for x in optimizer.variables] == ["iteration", "learning_rate", "v_count"]
    assert optimizer.variables[2].numpy().tolist() == [1.0, 1.0]
    with pytest.raises(NotImplementedError, match="update_step"):
        optimizers.Optimizer(0.1).apply([np.ones(2, "float32")], [v])


def test_scale_loss() -> None:
    assert float(optimizers.SGD(loss_scale_factor=8.0).scale_loss(ops.convert_to_tensor(2.0))) == 16.0
    assert optimizers.SGD().scale_loss(3.0) == 3.0


def test_gradients_that_overflow_are_not_taken_for_small_ones() -> None:
    v = Variable([1.0])
    optimizers.SGD(global_clipnorm=1.0).apply([np.array([np.inf], "float32")], [v])
    assert np.isnan(v.numpy()).all()


def test_get() -> None:
    for name in ("sgd", "SGD", "adam", "ADAM", "AdamW", "rmsprop", "RMSprop"):
        assert type(optimizers.get(name)).__name__ == type(keras.optimizers.get(name)).__name__
    optimizer = optimizers.Adam()
    assert optimizers.get(optimizer) is optimizer
    assert isinstance(optimizers.get(optimizers.SGD), optimizers.SGD)
    assert optimizers.get(None) is None
    with pytest.raises(ValueError, match="unknown optimizer 'adma': did you mean 'adam'"):
        optimizers.get("adma")
    with pytest.raises(ValueError, match="optimizer 3"):
        optimizers.get(3)


def test_errors_name_the_argument() -> None:
    one, v = np.ones(1, "float32"), Variable([1.0], name="v")
    optimizer = optimizers.SGD()
    with pytest.raises(ValueError, match="trainable_variables"):
        optimizer.apply([one])
    optimizer.build([v])
    with pytest.raises(ValueError, match=r"2 gradients.*1 variables"):
        optimizer.apply([one, one], [v])
    with pytest.raises(ValueError, match=r"not built with the variable 'w'.*new optimizer"):
        optimizer.apply([one], [Variable([1.0], name="w")])
    with pytest.raises(ValueError, match=r"'v'.*\(1,\).*\(2,\)"):
        optimizer.apply([np.ones(2, "float32")], [v])
    with pytest.raises(ValueError, match="no gradient"):
        optimizer.apply([None], [v])
    with pytest.raises(ValueError, match=r"optimizer_variables.*2 variables.*got 1"):
        optimizer.stateless_apply([one], [one], [one])
    wrong: list[tuple[dict[str, Any], str]] = [
        ({"clipnorm": 1.0, "clipvalue": 1.0}, "only one of"),
        ({"gradient_accumulation_steps": 1}, "gradient_accumulation_steps"),
        ({"use_ema": True, "ema_momentum": 2.0}, "ema_momentum"),
        ({"use_ema": True, "ema_overwrite_frequency": 0.5}, "ema_overwrite_frequency"),
        ({"momentum": 2.0}, "momentum"),
        ({"learning_rate": "fast"}, "learning_rate"),
    ]
    for kwargs, message in wrong:
        with pytest.raises(ValueError, match=message):
            optimizers.SGD(**kwargs)
    with pytest.raises(ValueError, match="decay_steps"):
        schedules.CosineDecay(0.1, 0)
