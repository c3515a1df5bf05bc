"""Failures of this machine, told apart from what is wrong with a delivery.

A full or failing disk, too many open files, no memory: none of it is the agency's fault, so none of
it may end as a refusal that stands. Libraries tell of the disk each in their own way; here it
becomes an ``OSError`` that says what to do. It refuses to judge anything else: other errors pass
as they are.
"""

from __future__ import annotations

import errno
import os
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

_FULL: Final = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)
_FAILING: Final = (errno.EIO, errno.EROFS)
_SHORT: Final = (errno.EMFILE, errno.ENFILE, errno.ENOMEM, errno.EAGAIN)
_SQLITE: Final = {
    sqlite3.SQLITE_FULL: errno.ENOSPC,
    sqlite3.SQLITE_IOERR: errno.EIO,
    # Of a file that can't be opened, or not for writing, SQLite does not say why.
    sqlite3.SQLITE_CANTOPEN: errno.EIO,
    sqlite3.SQLITE_READONLY: errno.EIO,
}
#: The one file that SQLite does not write to but only makes larger.
_SQLITE_EXACTLY: Final = {sqlite3.SQLITE_IOERR_SHMSIZE: errno.ENOSPC}
#: Extended codes of SQLite carry the kind of failure in their last byte.
_SQLITE_KIND: Final = 0xFF

_STATE: Final = "what has landed and what is published stays whole"
_NEXT_STEP: Final = {
    **dict.fromkeys(_FULL, f"the disk is full; {_STATE}. Free some space, then run again"),
    **dict.fromkeys(
        _FAILING,
        f"the disk failed; {_STATE}. Check its health, quota and rights, then run again",
    ),
}
#: What libraries write into a message instead of a number.
_IN_TEXT: Final = {os.strerror(number): number for number in _NEXT_STEP} | {
    "fsync failed": errno.EIO,
}


def is_of_machine(error: BaseException) -> bool:
    """Whether the error says that this machine failed, whatever was delivered."""
    if isinstance(error, OSError):
        return error.errno in (*_FULL, *_FAILING, *_SHORT)
    return isinstance(error, MemoryError)


@contextmanager
def disk_failures_told(*wordy: type[Exception]) -> Iterator[None]:
    """Let a full or failing disk leave the block as an OSError that says the next step.

    ``wordy`` are errors of a library that tells of the disk in its message only.
    """
    telling: tuple[type[Exception], ...] = (OSError, sqlite3.Error, *wordy)
    try:
        yield
    except telling as error:
        number = _disk_failure(error)
        if number is None:
            raise
        raise OSError(number, f"{_NEXT_STEP[number]} ({os.strerror(number)})") from error


def _disk_failure(error: Exception) -> int | None:
    """The number of the disk's failure behind an error, or None."""
    match error:
        case OSError():
            return error.errno if error.errno in _NEXT_STEP else None
        case sqlite3.Error():
            code = getattr(error, "sqlite_errorcode", 0)
            return _SQLITE_EXACTLY.get(code) or _SQLITE.get(code & _SQLITE_KIND)
        case _:
            text = str(error)
            return next((number for words, number in _IN_TEXT.items() if words in text), None)
