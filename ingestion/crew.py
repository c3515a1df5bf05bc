"""Child processes that read and check deliveries side by side, where threads would take turns.

A child is told the terms of the run, the keys of people among them, and nothing else of the
installation: its environment is empty. It writes into a delivery's own staging folder and answers
with what stands there. It is of the same trust as its parent, so both talk by pickles. When the
parent is gone it ends, at the latest with the delivery in hand; until then it holds the feed.
"""

from __future__ import annotations

import pickle
import queue
import subprocess
import sys
from collections.abc import Iterable
from contextlib import suppress
from multiprocessing import Pipe
from multiprocessing.connection import Connection
from pathlib import Path
from types import TracebackType
from typing import Final, Self

from ingestion.arrivals import Arrival
from ingestion.connectors import Delivery
from ingestion.intake import Intake, Terms, take_in, too_much_memory
from ingestion.readers import STREAMED_FROM
from ingestion.settings import CHILD_ENVIRONMENT, keep_private

#: For fewer files of some size, children take longer to start than they save.
FEWEST_FILES: Final = 48


def is_worth_a_crew(arrivals: Iterable[Arrival]) -> bool:
    """Whether so much waits that it is done sooner by children."""
    return sum((arrival.size or 0) >= STREAMED_FROM for arrival in arrivals) >= FEWEST_FILES


class _GoneError(Exception):
    """The child ended by itself."""


class _Child:
    """One process and the line to it."""

    def __init__(self, terms: Terms, hold: int) -> None:
        self._line, theirs = Pipe()
        with theirs:
            self._process = subprocess.Popen(
                [sys.executable, "-P", "-m", "ingestion.crew"],
                stdin=theirs.fileno(),
                pass_fds=[hold],
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                env=CHILD_ENVIRONMENT,
                start_new_session=True,
            )
        self._line.send(terms)

    def take_in(self, delivery: Delivery, number: int, folder: Path) -> Intake:
        """Raises what the child met, and _GoneError."""
        try:
            self._line.send((delivery, number, folder))
            found: Intake | BaseException = self._line.recv()
        except (EOFError, OSError):
            raise _GoneError from None
        if isinstance(found, BaseException):
            raise found
        return found

    def end(self) -> None:
        """End the child, whatever it does."""
        self._line.close()
        self._process.kill()
        self._process.wait()


class Crew:
    """Some children under the same terms, to be used by as many threads."""

    def __init__(self, size: int, terms: Terms, hold: int) -> None:
        """``hold`` is the descriptor of `Zone.held`."""
        self._terms, self._hold = terms, hold
        self._idle: queue.SimpleQueue[_Child] = queue.SimpleQueue()
        try:
            for _ in range(size):
                self._idle.put(_Child(terms, hold))
        except BaseException:
            self.end()
            raise

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, _: type[BaseException] | None, __: BaseException | None, ___: TracebackType | None
    ) -> None:
        self.end()

    def end(self) -> None:
        """End all who are idle; nobody may be busy."""
        while not self._idle.empty():
            self._idle.get().end()

    def take_in(self, delivery: Delivery, number: int, folder: Path) -> Intake:
        """As `ingestion.intake.take_in`, by whoever is idle. Raises what that raises."""
        child = self._idle.get()
        try:
            return child.take_in(delivery, number, folder)
        except _GoneError:
            child.end()
            child = _Child(self._terms, self._hold)
            raise too_much_memory(delivery.name) from None
        finally:
            self._idle.put(child)


def _serve(line: Connection) -> None:
    """Take in what comes until the parent is gone."""
    keep_private()
    with suppress(EOFError, OSError):
        terms = line.recv()
        while True:
            delivery, number, folder = line.recv()
            try:
                answer: object = take_in(delivery, terms, number, folder)
            except BaseException as error:
                answer = error
            line.send_bytes(_pickled(answer))


def _pickled(answer: object) -> bytes:
    """What can't be told as it is, is told by its name."""
    try:
        return pickle.dumps(answer)
    except Exception:
        return pickle.dumps(RuntimeError(type(answer).__name__))


if __name__ == "__main__":
    _serve(Connection(sys.stdin.fileno()))
