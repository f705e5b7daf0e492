"""`Overlay`: reads see the given values, assignments stay inside, threads and nested overlays keep apart."""

from __future__ import annotations

import threading
from typing import Any

import numpy as np
import pytest

from keras_front import Overlay, Variable, layers, ops
from keras_front.core.dispatch import backend
from keras_front.core.overlay import local
from keras_front.interpret.shapes import Spec


def tensor(*values: float) -> Any:
    return ops.convert_to_tensor(np.array(values, "float32"))


def test_reads_see_the_values_and_assignments_stay_inside() -> None:
    a, b = Variable([1.0, 2.0]), Variable([3.0, 4.0])
    with Overlay([a], [tensor(10.0, 20.0)]) as overlay:
        assert a.numpy().tolist() == [10.0, 20.0]
        assert b.numpy().tolist() == [3.0, 4.0]
        a.assign_add([1.0, 1.0])
        b.assign(a * 2)
        assert (a.numpy().tolist(), b.numpy().tolist()) == ([11.0, 21.0], [22.0, 42.0])
    assert (a.numpy().tolist(), b.numpy().tolist()) == ([1.0, 2.0], [3.0, 4.0])
    assert [(v, ops.convert_to_numpy(x).tolist()) for v, x in overlay.updates] == [
        (a, [11.0, 21.0]),
        (b, [22.0, 42.0]),
    ]
    assert local.overlay is None


def test_an_assignment_twice_is_one_update() -> None:
    a = Variable([1.0])
    with Overlay() as overlay:
        a.assign_add([1.0])
        a.assign_add([1.0])
    assert len(overlay.updates) == 1 and ops.convert_to_numpy(overlay.updates[0][1]).tolist() == [3.0]


def test_they_nest() -> None:
    a, b = Variable([1.0]), Variable([1.0])
    with Overlay([a], [tensor(2.0)]) as outer:
        with Overlay([b], [tensor(3.0)]) as inner:
            assert (a.numpy()[0], b.numpy()[0]) == (2.0, 3.0)
            a.assign([5.0])
            assert a.numpy()[0] == 5.0
        assert (a.numpy()[0], b.numpy()[0]) == (2.0, 1.0)
        assert [v for v, _ in inner.updates] == [a] and outer.updates == []
    assert a.numpy()[0] == 1.0


def test_it_ends_when_an_error_leaves_it() -> None:
    a = Variable([1.0])
    with pytest.raises(RuntimeError, match="inside"), Overlay([a], [tensor(2.0)]):
        raise RuntimeError("inside")
    assert local.overlay is None and a.numpy()[0] == 1.0


def test_a_wrong_shape_is_refused_inside_too() -> None:
    a = Variable([1.0, 2.0], name="a")
    with Overlay([a], [tensor(3.0, 4.0)]) as overlay:
        with pytest.raises(ValueError, match=r"variable 'a' has shape \(2,\)"):
            a.assign([1.0, 2.0, 3.0])
        assert a.numpy().tolist() == [3.0, 4.0]
    assert overlay.updates == []


def test_as_many_values_as_variables() -> None:
    with pytest.raises(ValueError):
        Overlay([Variable(1.0)], [])


def test_threads_do_not_see_each_other() -> None:
    a = Variable([0.0])
    barrier = threading.Barrier(4)
    seen: dict[int, list[float]] = {}

    def work(number: int) -> None:
        with Overlay([a], [tensor(float(number))]):
            read = []
            for _ in range(20):
                barrier.wait()
                a.assign_add([1.0])
                read.append(float(a.numpy()[0]))
            seen[number] = read

    threads = [threading.Thread(target=work, args=(n,)) for n in (100, 200, 300, 400)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert {n: read for n, read in seen.items()} == {
        n: [n + i + 1.0 for i in range(20)] for n in (100, 200, 300, 400)
    }
    assert a.numpy()[0] == 0.0


def test_two_threads_predict_with_one_layer() -> None:
    layer = layers.Dense(3)
    x = np.ones((2, 4), "float32")
    layer(x)
    results: dict[int, Any] = {}

    def work(factor: int) -> None:
        values = [v.value * factor for v in layer.trainable_variables]
        for _ in range(10):
            outputs, _ = layer.stateless_call(values, [], x)
            results[factor] = ops.convert_to_numpy(outputs)

    threads = [threading.Thread(target=work, args=(n,)) for n in (1, 2, 3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    expected = ops.convert_to_numpy(layer(x))
    for factor, result in results.items():
        np.testing.assert_allclose(result, expected * factor, rtol=1e-5)


def test_an_abstract_overlay_answers_with_specs() -> None:
    a = Variable(np.ones((2, 3), "int32"))
    with Overlay(abstract=True) as overlay:
        assert isinstance(a.value, Spec)
        assert (a.value.shape, a.value.dtype) == ((2, 3), "int32")
        total = a + ops.ones((2, 3), dtype="int32")
        assert isinstance(total, Spec) and total.shape == (2, 3)
        a.assign(a * 2)
    assert [v for v, _ in overlay.updates] == [a]
    assert a.numpy().tolist() == np.ones((2, 3)).tolist()


def test_an_abstract_overlay_keeps_shapes() -> None:
    a = Variable([1.0, 2.0], name="a")
    with Overlay(abstract=True), pytest.raises(ValueError, match=r"variable 'a' has shape \(2,\)"):
        a.assign(Spec((3,), "float32"))


@pytest.mark.skipif("float16" not in backend.traits.dtypes, reason="the backend has no float16 to compute in")
def test_abstract_reads_follow_autocast() -> None:
    layer = layers.Dense(2, dtype="mixed_float16")
    assert layer(layers.Input((3,))).dtype == "float16"
