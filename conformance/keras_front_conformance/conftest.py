"""The fixtures and rules of the suite: one backend, cells by function and dtype, gaps enforced both ways.

A test says which protocol functions it covers: by the parameters ``function`` and ``dtype`` that
``@pytest.mark.cells(of=maker)`` gives it (``maker(backend, nightly)`` lists them), or by ``@pytest.mark.covers("scan")``.
Where the backend declares a gap in one of them, the test is expected to fail, and a gap all of whose tests pass fails
the run.
"""

from __future__ import annotations

from collections.abc import Generator
from pathlib import Path
from typing import Any

import pytest

from .backends import load
from .cells import MARKERS
from .certificate import Record

RECORD = pytest.StashKey[Record]()
BACKEND = pytest.StashKey[Any]()


def pytest_addoption(parser: pytest.Parser) -> None:
    group = parser.getgroup("keras_front conformance")
    group.addoption("--certificate", type=Path, help="write what was found to this JSON file")
    group.addoption("--nightly", action="store_true", help="more examples, and every call in every dtype")


def pytest_configure(config: pytest.Config) -> None:
    for marker in MARKERS:
        config.addinivalue_line("markers", marker)
    backend = load()
    config.stash[BACKEND] = backend
    config.stash[RECORD] = Record(backend)


def pytest_report_header(config: pytest.Config) -> str:
    backend = config.stash[BACKEND]
    return f"backend: {backend.name} {backend.version}, {len(backend.overrides)} overrides, {len(backend.gaps)} gaps"


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    marker = metafunc.definition.get_closest_marker("cells")
    if marker is None:
        return
    names = [name for name in ("function", "dtype", "way") if name in metafunc.fixturenames]
    config = metafunc.config
    cells = [
        cell[: len(names)]
        for cell in marker.kwargs["of"](config.stash[BACKEND], config.getoption("--nightly"))
    ]
    metafunc.parametrize(names, cells, ids=["-".join(cell) for cell in cells])


@pytest.fixture(scope="session")
def backend(pytestconfig: pytest.Config) -> Any:
    """The backend under test."""
    return pytestconfig.stash[BACKEND]


@pytest.fixture(scope="session")
def nightly(pytestconfig: pytest.Config) -> bool:
    """Whether the long run was asked for."""
    return bool(pytestconfig.getoption("--nightly"))


@pytest.fixture
def measured(request: pytest.FixtureRequest) -> Any:
    """Takes a test's greatest error in ulps for the certificate."""
    return lambda ulps: request.node.user_properties.append(("ulps", float(ulps)))


def _covered(item: pytest.Item) -> tuple[list[str], str]:
    """The functions a test covers, and its dtype."""
    callspec = getattr(item, "callspec", None)
    parameters = callspec.params if callspec else {}
    functions = [parameters["function"]] if "function" in parameters else []
    for marker in item.iter_markers("covers"):
        functions.extend(marker.args)
    return functions, parameters.get("dtype", "float32")


def _in_gap(item: pytest.Item) -> bool:
    functions, dtype = _covered(item)
    gaps = item.config.stash[BACKEND].gaps
    return any(gap.function in functions and gap.dtype in (None, dtype) for gap in gaps)


@pytest.hookimpl(wrapper=True)
def pytest_pyfunc_call(pyfuncitem: pytest.Function) -> Generator[None, Any, Any]:
    functions, dtype = _covered(pyfuncitem)
    pyfuncitem.user_properties += [("functions", functions), ("dtype", dtype)]
    if not _in_gap(pyfuncitem):
        return (yield)
    try:
        yield
    except (Exception, pytest.fail.Exception):
        pyfuncitem.user_properties.append(("gap", "gap"))
    else:
        pyfuncitem.user_properties.append(("gap", "works"))
    return True


class _Recorder:
    """Collects the reports of all tests (of all workers, if there are several)."""

    def __init__(self, config: pytest.Config) -> None:
        self.config = config

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        found: dict[str, Any] = dict(report.user_properties)
        if "functions" in found and (report.when == "call" or report.failed):
            outcome = "failed" if report.failed else found.get("gap", "passed")
            self.config.stash[RECORD].add(found["functions"], found["dtype"], outcome, found.get("ulps"))


def pytest_sessionstart(session: pytest.Session) -> None:
    if not hasattr(session.config, "workerinput"):
        session.config.pluginmanager.register(_Recorder(session.config))


@pytest.hookimpl(trylast=True)
def pytest_sessionfinish(session: pytest.Session, exitstatus: int) -> None:
    config = session.config
    if hasattr(config, "workerinput") or config.option.collectonly:
        return
    record, path = config.stash[RECORD], config.getoption("--certificate")
    if path:
        record.write(path)
    if record.working_gaps() and exitstatus == 0:
        session.exitstatus = pytest.ExitCode.TESTS_FAILED


def pytest_terminal_summary(terminalreporter: Any, config: pytest.Config) -> None:
    record = config.stash[RECORD]
    totals = record.as_json()["totals"]
    terminalreporter.section(f"backend {record.backend.name} {record.backend.version}")
    terminalreporter.line("cells: " + ", ".join(f"{count} {name}" for name, count in totals.items()))
    for line in record.working_gaps():
        terminalreporter.line(f"ERROR {line}", red=True)
