"""Files that are there whole or not at all."""

from __future__ import annotations

import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO


@contextmanager
def replacing(path: str | os.PathLike[str]) -> Iterator[IO[bytes]]:
    """A file to write that takes the place of ``path`` at the end, in one step.

    It is written beside its target under a temporary name, flushed to the disk, and renamed.  If anything goes wrong before,
    the old file stays as it is, and the temporary one is removed; after a kill the next save of the same file removes it.

    errors: ``OSError`` from the file system, with a note that the old file is untouched.
    """
    target = Path(path)
    prefix = f".{target.name}.saving-"
    for stray in target.parent.glob(f"{_escaped(prefix)}*"):
        _remove_if_abandoned(stray)
    temporary = target.parent / f"{prefix}{os.getpid()}-{secrets.token_hex(4)}"
    try:
        with open(temporary, "xb") as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        os.replace(temporary, target)
    except BaseException as error:
        temporary.unlink(missing_ok=True)
        if target.exists():
            error.add_note(f"{target} was not saved; the file that was there before is untouched")
        raise
    _sync_folder(target.parent)


def _escaped(text: str) -> str:
    return "".join(f"[{c}]" if c in "*?[" else c for c in text)


def _remove_if_abandoned(stray: Path) -> None:
    """Removes a temporary file whose process is gone."""
    owner = stray.name.rpartition("saving-")[2].partition("-")[0]
    if owner.isdigit() and not _is_running(int(owner)):
        stray.unlink(missing_ok=True)


def _is_running(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except OSError:
        return True
    return True


def _sync_folder(folder: Path) -> None:
    """Makes the renaming itself durable, where the system can."""
    if not hasattr(os, "O_DIRECTORY"):
        return
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
