"""One command for each habit: ``nox -s tests``, ``conformance``, ``lint``, ``types``, ``bench``, ``docs``, ``demo``.

``tests`` is the whole matrix in one environment.  The other sessions run a part of it, each in a small
environment of its own; what follows ``--`` is passed on, for instance ``nox -s "conformance(torch)" -- -x``.
"""

from __future__ import annotations

import os
import re
import subprocess
import time
from pathlib import Path

import nox

nox.needs_version = ">=2024.10"
nox.options.default_venv_backend = "venv"
nox.options.sessions = ["tests"]

ADAPTERS = ("numpy", "torch", "jax")
#: The suite holds these to the protocol as well: the leak detector, and a third party's package.
BACKENDS = (*ADAPTERS, "strict", "demo")

#: Those on which the front's own tests run too.  The arrays of `demo` refuse operators with objects they do not know, such
#: as variables, instead of giving way: it is held to the protocol, and trained in a unit test.
FRONT = (*ADAPTERS, "strict")

#: The releases that the matrix runs on.  torch is installed first and alone: asked for in passing, pip would choose
#: the newest build, with several gigabytes for graphics cards.
TORCH = "torch==2.13.0"
FRAMEWORK = {
    "numpy": (),
    "torch": (),
    "jax": ("jax==0.10.2",),
    "strict": (),
    "demo": ("./conformance/demo_backend",),
}
RUNNERS = ("pytest>=9", "pytest-timeout>=2.4", "pytest-xdist>=3.8", "hypothesis>=6.170", "ml_dtypes>=0.5")
#: Real Keras is the oracle of the tests, and installed nowhere else; it runs on JAX.
ORACLE = ("keras==3.15.1", *FRAMEWORK["jax"])
LINTERS = ("ruff==0.17.6",)
TYPES = ("mypy==2.4.1",)

#: Certificates of the suite; the support matrix of the documentation is made of them.
CERTIFICATES = Path("build", "certificates")
#: pytest's last line, with or without its frame: ``==== 3 failed, 49 passed in 1.33s ====``.
_SUMMARY = re.compile(
    r"^(?:=+ )?((?:\d+ (?:passed|failed|error|skipped|x|desel|warn)|no tests ran).* in \d.*?)(?: =+)?$"
)


class Matrix:
    """Runs steps to the end, whatever fails, and tells at the end what each came to."""

    def __init__(self, session: nox.Session) -> None:
        self.session = session
        self.failed: list[str] = []
        self.summaries: list[tuple[str, str]] = []
        self.environment = {
            **{key: value for key, value in session.env.items() if value is not None},
            "PATH": os.pathsep.join([*session.bin_paths, os.environ["PATH"]]),
            # A test gets one thread of arithmetic; two tests run at a time.
            "OMP_NUM_THREADS": "1",
            "OPENBLAS_NUM_THREADS": "1",
            "PYTHONUNBUFFERED": "1",
            "NO_MKDOCS_2_WARNING": "1",
            # What is tested is the installed package, not the folder this runs in.
            "PYTHONSAFEPATH": "1",
            # Nobody's own settings decide on the outcome.
            "KERAS_HOME": str(Path(session.create_tmp(), "keras").resolve()),
        }

    def step(self, label: str, *command: str, backend: str = "numpy") -> None:
        """Runs one command, shows its output as it comes, and keeps pytest's last line."""
        self.session.log(f"{label}: {' '.join(command)}")
        environment = {**os.environ, **self.environment, "KERAS_BACKEND": backend}
        program = str(Path(str(self.session.bin), command[0]))
        summary, start = "", time.monotonic()
        with subprocess.Popen(
            [program, *command[1:]],
            env=environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        ) as process:
            assert process.stdout is not None
            for line in process.stdout:
                print(line, end="", flush=True)
                if found := _SUMMARY.match(line.rstrip()):
                    summary = found.group(1)
        if process.returncode:
            self.failed.append(label)
        outcome = "FAILED" if process.returncode else "ok"
        self.summaries.append((label, summary or f"{outcome} in {time.monotonic() - start:.1f}s"))

    def finish(self) -> None:
        """Prints the outcome of every step, pytest's counts in its own words; fails if one failed."""
        width = max(len(label) for label, _ in self.summaries)
        print(f"\n{' outcome ':=^100}")
        for label, summary in self.summaries:
            print(f"{label:{width}}  {summary}{'  <-- FAILED' if label in self.failed else ''}")
        totals: dict[str, int] = {}
        for _, summary in self.summaries:
            for count, what in re.findall(
                r"(\d+) (failed|passed|skipped|xfailed|xpassed|errors?)\b", summary
            ):
                totals[what] = totals.get(what, 0) + int(count)
        counts = ", ".join(f"{count} {what}" for what, count in totals.items())
        print(f"{f' {counts} in {len(self.summaries)} steps ':=^100}", flush=True)
        if self.failed:
            self.session.error(f"failed: {', '.join(self.failed)}")


def _install_front(session: nox.Session, *backends: str, extras: str = "") -> None:
    if "torch" in backends:
        session.install(TORCH)
    session.install(
        f".[{extras}]" if extras else ".", *(need for name in backends for need in FRAMEWORK[name])
    )


# ---------------------------------------------------------------- parts of the matrix


def _lint(matrix: Matrix) -> None:
    matrix.step("ruff check", "ruff", "check", ".")
    matrix.step("ruff format", "ruff", "format", "--check", ".")


def _types(matrix: Matrix) -> None:
    matrix.step("mypy", "mypy")


def _conformance(matrix: Matrix, backend: str, *arguments: str) -> None:
    CERTIFICATES.mkdir(parents=True, exist_ok=True)
    certificate = str(CERTIFICATES / f"{backend}.json")
    front = ("--front",) if backend in FRONT else ()
    matrix.step(
        f"conformance of {backend}",
        *(
            "python",
            "-m",
            "keras_front_conformance",
            backend,
            *front,
            "--certificate",
            certificate,
            *arguments,
        ),
        backend=backend,
    )


def _docs(matrix: Matrix) -> None:
    matrix.step("docs", "mkdocs", "build", "--strict")


def _demo(matrix: Matrix, backend: str) -> None:
    matrix.step(f"main job on {backend}", "python", "-m", "keras_front.examples.digits", backend=backend)


# ---------------------------------------------------------------- sessions


@nox.session
def tests(session: nox.Session) -> None:
    """The whole matrix: lint, types, laws, unit tests, the suite on every backend and on itself, docs, main job."""
    _install_front(session, *BACKENDS, extras="torch,jax,conformance,docs")
    session.install(*RUNNERS, *ORACLE, *LINTERS, *TYPES)
    matrix = Matrix(session)
    _lint(matrix)
    _types(matrix)
    for backend in ADAPTERS:
        _demo(matrix, backend)
    matrix.step("unit tests and laws", "pytest", "conformance/unit", "-n", "2")
    matrix.step("the suite itself", "pytest", "conformance/meta", "-n", "2")
    for backend in BACKENDS:
        _conformance(matrix, backend, "-n", "2")
    _docs(matrix)
    for backend in ADAPTERS:
        matrix.step(f"docs on {backend}", "pytest", "conformance/docs", "-n", "2", backend=backend)
    matrix.finish()


@nox.session
@nox.parametrize("backend", [nox.param(name, id=name) for name in BACKENDS])
def conformance(session: nox.Session, backend: str) -> None:
    """The conformance suite on one backend; writes its certificate."""
    _install_front(session, backend, extras="conformance")
    session.install(*RUNNERS, *ORACLE)
    matrix = Matrix(session)
    _conformance(matrix, backend, *session.posargs)
    matrix.finish()


@nox.session
def lint(session: nox.Session) -> None:
    """Style, format and the import contracts."""
    _install_front(session)
    session.install(*LINTERS, *RUNNERS)
    matrix = Matrix(session)
    _lint(matrix)
    matrix.step("laws", "pytest", "conformance/unit/test_laws.py", *session.posargs)
    matrix.finish()


@nox.session
def types(session: nox.Session) -> None:
    """mypy over all packages; the frameworks are there, so that calls into them are checked too."""
    _install_front(session, *BACKENDS, extras="torch,jax,conformance")
    session.install(*TYPES)
    matrix = Matrix(session)
    _types(matrix)
    matrix.finish()


@nox.session
def docs(session: nox.Session) -> None:
    """Builds the site into ``site/``; a warning is an error."""
    _install_front(session, extras="docs")
    matrix = Matrix(session)
    _docs(matrix)
    matrix.finish()


@nox.session
@nox.parametrize("backend", [nox.param(name, id=name) for name in ADAPTERS])
def demo(session: nox.Session, backend: str) -> None:
    """The main job: trains on handwritten digits, saves, loads and evaluates."""
    _install_front(session, backend)
    matrix = Matrix(session)
    _demo(matrix, backend)
    matrix.finish()


@nox.session
@nox.parametrize("backend", [nox.param(name, id=name) for name in ADAPTERS])
def bench(session: nox.Session, backend: str) -> None:
    """Milliseconds a training step of `fit` takes on one backend, on one thread."""
    _install_front(session, backend)
    matrix = Matrix(session)
    matrix.step(f"fit on {backend}", "python", "conformance/time_fit.py", *session.posargs, backend=backend)
    matrix.finish()
