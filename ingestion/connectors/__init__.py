"""Where deliveries come from: the drop folder, an HTTP API, a SQL database.

Each connector ends with the same thing, a ``Delivery``: a private copy on local disk whose name
is its hash, and what is known of it from outside. Nothing here looks into a file for units,
periods or rows; readers do that. No connector ever puts an address, a token or a value into an
error, and none changes anything at the agency's side. And none waits for ever: each has a limit
of wall time for a whole delivery, however slowly or often a system answers.
"""

from __future__ import annotations

import hashlib
import os
import secrets
import threading
from collections.abc import Callable, Iterable
from concurrent.futures import Future, wait
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import TypeVar

from ingestion.periods import LOCAL_TIME
from ingestion.reasons import Breach

#: The time now, in UTC; a parameter wherever time matters.
Clock = Callable[[], datetime]

Result = TypeVar("Result")


@dataclass(frozen=True)
class Delivery:
    """One delivery, copied to a file of our own."""

    #: Path within the feed's folder, or ``<system>:<table or path>``; fit to print.
    name: str
    #: The copy; its name is its SHA-256.
    path: Path
    sha256: str
    size: int
    #: In UTC: when the file was last changed, or when the pull was made.
    delivered_at: datetime
    #: Names of the folders and the file's stem, as evidence of unit and period.
    hints: tuple[str, ...] = ()
    #: Why the delivery may be smaller than the last, in the sender's words.
    declared_reason: str | None = field(default=None, repr=False)
    #: The furthest change time that the pull saw, as local time; None without a watermark.
    watermark: str | None = None


def within(seconds: float, work: Callable[[], Result], late: Breach) -> Result:
    """What ``work`` returns or raises, if that happens in time; otherwise raises ``late``.

    For drivers that wait without end and can't be interrupted. Work that is late is left to
    itself, in a thread that keeps neither this process nor its end waiting.
    """
    outcome: Future[Result] = Future()

    def run() -> None:
        try:
            outcome.set_result(work())
        except BaseException as error:
            outcome.set_exception(error)

    threading.Thread(target=run, name="bounded in time", daemon=True).start()
    if wait([outcome], max(seconds, 0)).not_done:
        raise late
    return outcome.result()


def spool(chunks: Iterable[bytes], into: Path) -> tuple[Path, str, int]:
    """Write chunks to a file in ``into`` named by its SHA-256; path, hash and size.

    The file appears under that name only when it is whole.
    """
    into.mkdir(parents=True, exist_ok=True, mode=0o700)
    partial = into / f"{secrets.token_hex(16)}.partial"
    digest, size = hashlib.sha256(), 0
    try:
        with os.fdopen(os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
            for chunk in chunks:
                digest.update(chunk)
                size += len(chunk)
                file.write(chunk)
        path = partial.rename(into / digest.hexdigest())
    finally:
        partial.unlink(missing_ok=True)
    return path, digest.hexdigest(), size


def named_by_content(partial: Path) -> tuple[Path, str, int]:
    """Rename a finished file to its SHA-256; path, hash and size."""
    with partial.open("rb") as file:
        sha256 = hashlib.file_digest(file, "sha256").hexdigest()
    path = partial.rename(partial.with_name(sha256))
    return path, sha256, path.stat().st_size


def local_time(moment: datetime) -> str:
    """A moment as agencies write it: local, without a zone, ``YYYY-MM-DD HH:MM:SS``."""
    return moment.astimezone(LOCAL_TIME).strftime("%Y-%m-%d %H:%M:%S")


def furthest(moments: Iterable[datetime], now: datetime) -> str | None:
    """The watermark to go on from: the latest change time, but never one in the future.

    Moments without a zone are local. A record whose clock ran ahead must not hide all that comes
    after it, so the time of the pull is the limit.
    """
    zoned = (m if m.tzinfo else m.replace(tzinfo=LOCAL_TIME) for m in moments)
    latest = max(zoned, default=None)
    return None if latest is None else local_time(min(latest, now))
