"""The backend as a whole: complete, frozen, honest about its dtypes and gaps; and the suite has a case for everything."""

from __future__ import annotations

import inspect
from typing import Any

import pytest

from keras_front.protocol import SPECIFICATION, Backend, ProtocolError, Traits, assemble, dtypes, names

from .backends import load
from .cases import ELSEWHERE, ROWS

#: How many functions every backend must supply.  Change it together with the documentation.
PRIMITIVES = 54

#: The dtypes without which the front cannot run: weights, indices, masks, random words.
REQUIRED = {"bool", "int32", "uint32", "float32"}


def test_is_assembled_and_registered_under_its_name(backend: Any) -> None:
    assert isinstance(backend, Backend)
    assert load(backend.name) is backend
    assert isinstance(backend.version, str) and backend.version


def test_has_every_function(backend: Any) -> None:
    missing = [name for name in SPECIFICATION if not callable(getattr(backend, name, None))]
    assert not missing


def test_functions_have_the_signatures_of_the_stubs(backend: Any) -> None:
    for name, entry in SPECIFICATION.items():
        try:
            found = inspect.signature(getattr(backend, name))
        except ValueError:
            continue  # A function written in C tells no signature.
        ours = [(p.name, p.kind) for p in entry.signature.parameters.values() if p.kind is p.KEYWORD_ONLY]
        assert all(p in [(q.name, q.kind) for q in found.parameters.values()] for p in ours), name


def test_is_frozen(backend: Any) -> None:
    with pytest.raises(AttributeError, match="frozen"):
        backend.add = None
    with pytest.raises(AttributeError, match="frozen"):
        del backend.add


def test_traits(backend: Any) -> None:
    traits = backend.traits
    assert isinstance(traits, Traits)
    assert set(dtypes.ALL) >= traits.dtypes >= REQUIRED
    assert {"float32"} <= traits.gradient_dtypes <= traits.dtypes & set(dtypes.FLOATING)
    assert type(backend.full((2,), 1.0, dtype="float32")) in traits.tensor_types


def test_gaps_are_declared_with_kind_and_reason(backend: Any) -> None:
    for gap in backend.gaps:
        assert gap.function in SPECIFICATION
        assert gap.kind in ("todo", "upstream", "never"), gap
        assert gap.reason.strip(), gap
        assert gap.dtype is None or gap.dtype in backend.traits.dtypes, gap
    keys = [(gap.function, gap.dtype) for gap in backend.gaps]
    assert len(keys) == len(set(keys)), "a gap is declared twice"


def test_overrides_capabilities_and_gradients_are_protocol_functions(backend: Any) -> None:
    assert backend.overrides <= set(names("derived"))
    assert backend.capabilities <= set(names("capability"))
    assert set(backend.gradients) <= set(SPECIFICATION)


def test_missing_capabilities_say_so(backend: Any) -> None:
    for name in set(names("capability")) - backend.capabilities:
        with pytest.raises(NotImplementedError, match=name):
            getattr(backend, name)()


def test_number_of_primitives() -> None:
    assert len(names("primitive")) == PRIMITIVES


def test_every_function_has_cases() -> None:
    assert sorted([*ROWS, *ELSEWHERE]) == sorted(SPECIFICATION)


def test_rows_without_gradient_have_results_that_do_not_move() -> None:
    """A function of floats that gives floats has gradient calls, or it is one of the listed few."""
    discrete = {"full", "arange", "isnan", "isfinite", "one_hot", "nonzero"}
    for name, row in ROWS.items():
        floats = any(dtypes.is_floating(dtype) for dtype in row.dtypes) and row.result is None
        assert (row.gradient is not None) == (floats and name not in discrete) or callable(row.result), name


def test_assemble_refuses_what_does_not_match(backend: Any) -> None:
    primitives = {name: getattr(backend, name) for name in names("primitive")}
    make = {"version": "0", "traits": backend.traits}
    assert assemble("copy", primitives, **make).name == "copy"
    with pytest.raises(ProtocolError, match="did you mean 'softmax'"):
        assemble("wrong", primitives, {"softmx": lambda x: x}, **make)
    with pytest.raises(ProtocolError, match=r"lacks 1 required function.*: exp"):
        assemble("wrong", {k: v for k, v in primitives.items() if k != "exp"}, **make)
    with pytest.raises(ProtocolError, match="must have the signature"):
        assemble("wrong", primitives, {"relu": lambda x, y: x}, **make)
    with pytest.raises(ProtocolError, match="version"):
        assemble("wrong", primitives, protocol=0, **make)
    with pytest.raises(ProtocolError, match="twice"):
        assemble("wrong", primitives, {"exp": primitives["exp"]}, **make)
