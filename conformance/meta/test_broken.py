"""Every primitive, broken in several ways, is caught by the suite's check of its values.

The checks are called directly on a broken copy of the ``strict`` backend, without a run of pytest for each fault.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from keras_front.protocol import SPECIFICATION, Backend, Gap, names
from keras_front_conformance import test_examples, test_random, test_runtime
from keras_front_conformance.backends import replaced
from keras_front_conformance.cases import ROWS
from keras_front_conformance.certificate import Record
from keras_front_conformance.gradients import check_gradients
from keras_front_conformance.host import difference
from keras_front_conformance.specs import check_specs
from keras_front_conformance.strategies import check_shapes
from keras_front_conformance.strict import StrictTensor
from keras_front_conformance.strict import backend as strict
from keras_front_conformance.values import check_values

from .broken import BROKEN, GENERAL, HOST_FUNCTIONS

FAULTS = [(name, what) for name, faults in BROKEN.items() for what in faults]


def _leading(name: str) -> list[str]:
    return [dtype for dtype in ("float32", "int32", "bool") if dtype in ROWS[name].dtypes]


def _caught(check: Any, *args: Any) -> bool:
    """Whether a check fails by what it finds (an error of the fault's own code would be another one)."""
    try:
        check(*args)
    except (AssertionError, ValueError, IndexError, pytest.fail.Exception):
        return True
    return False


def test_every_primitive_is_broken() -> None:
    assert sorted([*BROKEN, *HOST_FUNCTIONS]) == sorted(names("primitive"))


@pytest.mark.parametrize("name", BROKEN)
def test_the_right_function_passes(name: str) -> None:
    for dtype in _leading(name):
        check_values(strict, name, dtype)


@pytest.mark.parametrize(("name", "what"), FAULTS)
def test_a_broken_primitive_is_caught(name: str, what: str) -> None:
    broken = replaced(strict, {name: BROKEN[name][what](strict)})
    assert any(_caught(check_values, broken, name, dtype) for dtype in _leading(name))


@pytest.mark.parametrize("name", [name for name in ROWS if SPECIFICATION[name].kind == "derived"])
@pytest.mark.parametrize("what", GENERAL)
def test_a_broken_override_is_caught(name: str, what: str) -> None:
    if SPECIFICATION[name].function.__annotations__["return"].startswith("tuple"):
        right = getattr(strict, name)
        broken = replaced(strict, {name: lambda *a, **o: right(*a, **o)[::-1]})
    else:
        broken = replaced(strict, {name: GENERAL[what](name)(strict)})
    assert all(_caught(check_values, broken, name, dtype) for dtype in _leading(name))


# ---------------------------------------------------------------- the host functions


def _loses_dtype(array: Any, /, dtype: str | None = None) -> Any:
    return StrictTensor(np.array(array, dtype="float32"))


HOST_FAULTS = {
    "from_host": {
        "does not copy": lambda array, /, dtype=None: StrictTensor(np.asarray(array)),
        "loses the dtype": _loses_dtype,
        "ignores dtype": lambda array, /, dtype=None: StrictTensor(np.array(array)),
        "at least 1-d": lambda array, /, dtype=None: strict.from_host(np.atleast_1d(array), dtype),
    },
    "to_host": {
        "does not copy": lambda x, /: x._value,
        "float64": lambda x, /: np.array(x._value, dtype="float64"),
        "gives a list": lambda x, /: x._value.tolist(),
    },
    "is_tensor": {"always": lambda x, /: True, "never": lambda x, /: False},
    "dtype_of": {"constant": lambda x, /: "float32", "no name": lambda x, /: x.dtype},
}


@pytest.mark.parametrize(
    ("name", "what"), [(name, what) for name, faults in HOST_FAULTS.items() for what in faults]
)
def test_a_broken_host_function_is_caught(name: str, what: str) -> None:
    broken = replaced(strict, {name: HOST_FAULTS[name][what]})
    checks = [
        (test_runtime.test_what_is_no_tensor, broken),
        *((check, broken, "from_host", dtype) for dtype in ("float32", "int32") for check in _HOST_CHECKS),
    ]
    assert any(_caught(*check) for check in checks)


_HOST_CHECKS = (
    test_runtime.test_round_trip,
    test_runtime.test_converts_to_the_dtype_given,
    test_runtime.test_copies,
)


def test_every_host_function_is_broken() -> None:
    assert tuple(HOST_FAULTS) == HOST_FUNCTIONS


# ---------------------------------------------------------------- the other checks


@pytest.mark.parametrize("name", ["multiply", "sum", "take", "matmul", "concat", "where", "softmax"])
def test_a_wrong_gradient_is_caught(name: str) -> None:
    """The value is right and the gradient wrong, by a factor and by a missing part."""
    check_gradients(strict, name, "float32", "tape")
    make = strict.value_and_grad

    def scaled(fn: Any, /, has_aux: bool = False) -> Any:
        def run(*args: Any) -> Any:
            value, gradients = make(fn, has_aux)(*args)
            return value, [strict.multiply(g, 1.001) for g in gradients]

        return run

    assert _caught(check_gradients, replaced(strict, {"value_and_grad": scaled}), name, "float32", "native")

    def nothing(fn: Any, /, has_aux: bool = False) -> Any:
        def run(*args: Any) -> Any:
            value, gradients = make(fn, has_aux)(*args)
            return value, [strict.multiply(g, 0.0) for g in gradients]

        return run

    assert _caught(check_gradients, replaced(strict, {"value_and_grad": nothing}), name, "float32", "native")


@pytest.mark.parametrize("name", ["add", "sum", "reshape", "concat", "take", "matmul", "slice"])
@pytest.mark.parametrize("what", ["all values off", "one axis too many"])
def test_random_shapes_catch_what_values_catch(name: str, what: str) -> None:
    broken = replaced(strict, {name: BROKEN[name][what](strict)})
    check_shapes(strict, name, 10)
    assert _caught(check_shapes, broken, name, 10)


@pytest.mark.parametrize("name", ["add", "sum", "matmul", "conv", "reshape", "one_hot"])
@pytest.mark.parametrize("what", ["wrong dtype", "one axis too many"])
def test_reality_that_differs_from_the_rule_is_caught(name: str, what: str) -> None:
    dtype = _leading(name)[0]
    check_specs(strict, name, dtype)
    assert _caught(check_specs, replaced(strict, {name: GENERAL[what](name)(strict)}), name, dtype)


@pytest.mark.parametrize("what", ["all values off", "one axis too many"])
def test_wrong_examples_are_caught(what: str) -> None:
    for name, _ in test_examples.examples(strict, False):
        if name in BROKEN:
            broken = replaced(strict, {name: GENERAL[what](name)(strict)})
            test_examples.test_example(strict, name, "float32")
            assert _caught(test_examples.test_example, broken, name, "float32"), name


def test_wrong_random_words_are_caught() -> None:
    test_random.test_words(strict)
    for name in ("add", "bitwise_xor", "bitwise_left_shift", "bitwise_right_shift", "bitwise_or", "concat"):
        broken = replaced(strict, {name: GENERAL["all values off"](name)(strict)})
        assert _caught(test_random.test_words, broken), name


# ---------------------------------------------------------------- errors in ulps, gaps


def test_differences_in_ulps() -> None:
    one = np.ones(2, dtype="float32")
    assert difference(one, np.array([1, 1], dtype=np.longdouble), "float32", 0) == 0
    next_up = np.nextafter(one, np.float32(2))
    assert difference(next_up, np.ones(2, dtype=np.longdouble), "float32", 1) == 1
    with pytest.raises(AssertionError, match="2 ulps"):
        difference(np.nextafter(next_up, np.float32(2)), np.ones(2, dtype=np.longdouble), "float32", 1)
    # A difference of greater numbers is measured by their size.
    assert difference(np.float32([2.0**-20]), np.longdouble([0]), "float32", 8, scale=1.0) == 8
    wrong = (
        (np.float32([np.nan]), [1.0]), (np.float32([1.0]), [np.nan]), (np.float32([np.inf]), [-np.inf]),
        (np.float32([3.4e38]), [np.inf]), (np.float32([1, 1]), [1.0]), (np.float64([1.0]), [1.0]),
    )  # fmt: skip
    for found, exact in wrong:
        with pytest.raises(AssertionError):
            difference(found, np.array(exact, dtype=np.longdouble), "float32", 1e9)


def test_a_gap_that_works_is_an_error() -> None:
    gaps = (Gap("exp", "todo", "is slow", dtype="float64"), Gap("conv", "upstream", "is not there"))
    backend = Backend(**{**vars(strict), "gaps": gaps})
    record = Record(backend)
    record.add(["conv"], "float32", "gap")
    record.add(["conv"], "float32", "works")
    record.add(["exp"], "float32", "passed")
    assert record.working_gaps() == []
    record.add(["exp"], "float64", "works")
    assert len(record.working_gaps()) == 1 and "'exp' in float64" in record.working_gaps()[0]
    record.add(["exp"], "float64", "passed", ulps=2.0)
    found = record.as_json()
    assert found["totals"] == {"passed": 4, "failed": 0, "gaps": 1}
    assert found["groups"]["array"]["exp"]["float64"]["ulps"] == 2.0
