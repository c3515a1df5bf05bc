"""Child processes that parse workbooks under limits, kept for the next file.

Whatever a file does to a child (memory, endless loop, abort of the parsing library), the
parent answers with a Breach and starts another child. Refuses answers beyond a size, and hands
the child no secrets: its environment is empty but for the module path.
"""

from __future__ import annotations

import atexit
import json
import os
import select
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any, Final

import pyarrow as pa

from ingestion.contract import FeedContract
from ingestion.readers.reading import Reading, SheetTable, TitleFacts
from ingestion.readers.worker_limits import LENGTH, WALL_SECONDS
from ingestion.reasons import Breach, BreachCode
from ingestion.settings import CHILD_ENVIRONMENT

#: A child is replaced after so many files, so that what a parser leaks stays small; to begin one
#: takes as long as to read a dozen small ledgers.
_FILES_PER_CHILD: Final = 512
_MAX_ANSWER: Final = 2 << 30
_PIECE: Final = 1 << 20


class _EndedError(Exception):
    """The child ended by itself, or was ended for taking too long or answering too much."""


class _Child:
    """One worker process and its pipes."""

    def __init__(self) -> None:
        self.files = 0
        self._process = subprocess.Popen(
            [sys.executable, "-P", "-m", "ingestion.readers.worker"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env=CHILD_ENVIRONMENT,
            start_new_session=True,
        )

    def ask(self, request: bytes) -> Reading:
        """Send a request and read the answer.

        Raises Breach or OSError as the child met it, and _EndedError with the child gone.
        """
        self.files += 1
        deadline = time.monotonic() + WALL_SECONDS
        try:
            requests = _pipe(self._process.stdin)
            requests.write(LENGTH.pack(len(request)) + request)
            requests.flush()
            head = json.loads(self._frame(deadline))
            tables = tuple(
                _table(content, self._frame(deadline)) for content in head.get("tables", ())
            )
        except (OSError, ValueError, _EndedError):
            self.end()
            raise _EndedError from None
        _raise_for(head)
        return Reading(tables, head["format"], head["encoding"], tuple(head["notes"]))

    def end(self) -> None:
        """End the child, whatever it does, and close its pipes."""
        self._process.kill()
        self._process.wait()
        for pipe in (self._process.stdin, self._process.stdout):
            with _unbothered():
                _pipe(pipe).close()

    def _frame(self, deadline: float) -> bytes:
        (size,) = LENGTH.unpack(self._bytes(LENGTH.size, deadline))
        if size > _MAX_ANSWER:
            raise _EndedError
        return self._bytes(size, deadline)

    def _bytes(self, count: int, deadline: float) -> bytes:
        descriptor = _pipe(self._process.stdout).fileno()
        poll = select.poll()
        poll.register(descriptor, select.POLLIN | select.POLLHUP)
        parts = bytearray()
        while len(parts) < count:
            left = deadline - time.monotonic()
            if left <= 0 or not poll.poll(left * 1000):
                raise _EndedError
            piece = os.read(descriptor, min(_PIECE, count - len(parts)))
            if not piece:
                raise _EndedError
            parts += piece
        return bytes(parts)


class ReaderPool:
    """Idle children, one per thread that reads at a time. Safe to share between threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._idle: list[_Child] = []
        self._process = os.getpid()

    def read(self, path: Path, family: str, contract: FeedContract, name: str) -> Reading:
        """Read a workbook or web table in a child. Raises Breach."""
        request = {
            "path": str(path.absolute()),
            "family": family,
            "name": name,
            "contract": contract.model_dump_json(),
        }
        child = self._take()
        try:
            reading = child.ask(json.dumps(request).encode())
        except Breach:
            self._give_back(child)
            raise
        except _EndedError:
            raise Breach(
                BreachCode.READER_LIMIT,
                name,
                "reading it took more memory or time than a ledger can need; copy the table into "
                "a new workbook, or send it as CSV",
            ) from None
        except BaseException:
            child.end()
            raise
        self._give_back(child)
        return reading

    def close(self) -> None:
        """End the idle children."""
        with self._lock:
            idle, self._idle = self._idle, []
        if self._process == os.getpid():
            for child in idle:
                child.end()

    def _take(self) -> _Child:
        with self._lock:
            if self._process != os.getpid():  # forked: the children are the parent's
                self._process, self._idle = os.getpid(), []
            if self._idle:
                return self._idle.pop()
        return _Child()

    def _give_back(self, child: _Child) -> None:
        if child.files >= _FILES_PER_CHILD:
            child.end()
            return
        with self._lock:
            self._idle.append(child)


@contextmanager
def _unbothered() -> Iterator[None]:
    """Closing a pipe whose other end is gone may complain; nothing is lost by it."""
    try:
        yield
    except OSError:
        return


def _pipe(pipe: IO[bytes] | None) -> IO[bytes]:
    if pipe is None:
        raise _EndedError
    return pipe


def _raise_for(head: dict[str, Any]) -> None:
    """Raises what the child met: Breach, or OSError when the machine failed."""
    if number := head.get("errno"):
        raise OSError(number, os.strerror(number))
    if code := head.get("breach"):
        raise Breach(BreachCode(code), head["where"], head["message"])
    if error := head.get("error"):
        raise Breach(
            BreachCode.FILE_UNREADABLE,
            head["where"],
            f"the workbook is damaged ({error}); open it, save it and send it again",
        )


def _table(head: dict[str, Any], content: bytes) -> SheetTable:
    try:
        rows = pa.ipc.open_stream(content).read_all()
        rows.validate()
    except pa.ArrowInvalid:
        raise _EndedError from None
    facts = head["facts"]
    return SheetTable(
        sheet=head["sheet"],
        facts=TitleFacts(
            tuple(facts["unit_texts"]),
            tuple(facts["title_texts"]),
            facts["money_word"],
            facts["count_word"],
        ),
        money_units=head["money_units"],
        rows=rows,
        date_1904=head["date_1904"],
    )


POOL: Final = ReaderPool()
atexit.register(POOL.close)
