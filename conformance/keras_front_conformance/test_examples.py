"""The ``example:`` lines of the stubs hold on the backend; lists in them stand for tensors."""

from __future__ import annotations

import ast
import re
from typing import Any

import numpy as np
import pytest

from keras_front.protocol import SPECIFICATION, names
from keras_front.protocol.tree import map_tree

#: Functions without an example: their arguments or results are no tensors.
WITHOUT = set(
    "from_host share_host to_host is_tensor dtype_of parameter store pack synchronize enable_portable_random devices device_scope "
    "nonzero value_and_grad no_gradient custom_gradient compile scan while_loop cond vectorized_map checkpoint".split()
)


def example(name: str) -> str | None:
    """The example of a stub, if it has one."""
    found = re.search(r"^\s*example: (.*)$", SPECIFICATION[name].function.__doc__ or "", re.MULTILINE)
    return found.group(1) if found else None


def examples(backend: Any, nightly: bool) -> list[tuple[str, ...]]:
    """The functions with an example."""
    return [(name, "float32") for name in SPECIFICATION if example(name)]


def _tensor(backend: Any, value: Any, words: bool) -> Any:
    array = np.array(value)
    kind = {"f": "float32", "b": "bool"}.get(array.dtype.kind, "uint32" if words else "int32")
    return backend.from_host(array.astype(kind if array.size else "float32"))


def _argument(backend: Any, parameter: Any, value: Any) -> Any:
    """A value of the example as the argument of a parameter, by the parameter's annotation."""
    annotation, words = str(parameter.annotation), parameter.name in ("key", "state")
    if value is None or "Tensor" not in annotation:
        return value
    if annotation.startswith(("list[", "Sequence[")):
        return [_tensor(backend, item, words) for item in value]
    if "Scalar" in annotation and not isinstance(value, list):
        return value
    return _tensor(backend, value, words)


class _Marked:
    """What the name of a function means inside an example: it keeps the call."""

    def __init__(self, backend: Any, name: str) -> None:
        self.backend, self.name = backend, name

    def __call__(self, *args: Any, **options: Any) -> Any:
        signature = SPECIFICATION[self.name].signature
        bound = signature.bind(*args, **options)
        for key, value in bound.arguments.items():
            bound.arguments[key] = _argument(self.backend, signature.parameters[key], value)
        return getattr(self.backend, self.name)(*bound.args, **bound.kwargs)


@pytest.mark.cells(of=examples)
def test_example(backend: Any, function: str, dtype: str) -> None:
    line = example(function)
    assert line is not None
    tree = ast.parse(line, mode="eval").body
    assert isinstance(tree, ast.Compare) and isinstance(tree.ops[0], ast.Eq), (
        f"must be `call == result`: {line}"
    )
    sides = [compile(ast.Expression(side), line, "eval") for side in (tree.left, tree.comparators[0])]
    scope = {function: _Marked(backend, function), "float": float}
    result = map_tree(lambda x: backend.to_host(x), eval(sides[0], scope))
    right = eval(sides[1], scope)
    if isinstance(result, list):
        assert len(result) == len(right)
        pairs = list(zip(result, right, strict=True))
    else:
        pairs = [(result, right)]
    for found, value in pairs:
        # Examples are written with seven digits.
        np.testing.assert_allclose(np.asarray(found, dtype="float64"), value, rtol=1e-6, atol=1e-6)
        assert found.shape == np.array(value).shape


def test_every_function_of_tensors_has_an_example() -> None:
    assert {name for name in SPECIFICATION if not example(name)} == WITHOUT
    assert set(names()) >= WITHOUT
