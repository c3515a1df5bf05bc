"""Files that agencies drop into a folder: ``<agency>/<feed>/…``, at any fsspec URL.

The folder is read, never changed. Only regular files count: links, pipes and devices are
reported and left alone, so that a drop folder can't make us read something else or wait for
ever. Files that somebody is still writing are left for the next run. A file's address may hold
any bytes; its name, which is what people and the manifest see, is always fit to print.

It refuses to judge content: extension, format, unit and period are not looked at here.
"""

from __future__ import annotations

import hashlib
import os
import stat
import time
import unicodedata
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, BinaryIO, Final, NamedTuple, TypeVar

import fsspec
from fsspec import AbstractFileSystem
from fsspec.implementations.local import LocalFileSystem
from pydantic import SecretStr

from ingestion.connectors import Clock, Delivery, spool, within
from ingestion.contract import FeedContract
from ingestion.printable import printable
from ingestion.reasons import Breach, BreachCode

REASON_SUFFIX: Final = ".reason.txt"
#: What programs and systems leave behind while they write, or for themselves.
_IGNORED_STARTS: Final = (".", "~$", "__MACOSX")
_IGNORED_ENDS: Final = (
    *(".part", ".partial", ".filepart", ".tmp", ".swp", ".crdownload", ".download", ".downloading"),
    *(".aria2", ".td", ".xltd"),
)
_IGNORED_NAMES: Final = frozenset({"thumbs.db", "desktop.ini"})

_DEEPEST: Final = 12
_LONGEST_NAME: Final = 120
_REASON_BYTES: Final = 4096
_CHUNK: Final = 1 << 20
#: A file that changed this recently is looked at twice.
_RECENT: Final = timedelta(seconds=60)
_KINDS: Final = {"file": "file", "directory": "directory"}
Answer = TypeVar("Answer")
_EPOCH: Final = datetime.fromtimestamp(0, UTC)


@dataclass(frozen=True)
class Candidate:
    """A file that belongs to a feed, not yet fetched."""

    feed: str
    #: Path within the feed's folder, fit to print.
    name: str
    size: int
    #: When the file or its reason file was last changed, in UTC.
    modified_at: datetime
    hints: tuple[str, ...]
    address: str = field(repr=False)
    #: The file's own change time, without its reason file's.
    written_at: datetime = field(repr=False)
    reason_address: str | None = field(default=None, repr=False)


class Fault(NamedTuple):
    """A file of a feed that can't be fetched."""

    candidate: Candidate
    breach: Breach


@dataclass(frozen=True)
class Listing:
    """What lies in the drop folder."""

    #: Per feed, sorted by name.
    deliveries: Mapping[str, list[Candidate]]
    #: Files of no known feed, by their path in the drop folder.
    unmatched: list[str]
    faults: list[Fault]
    #: Files still being written: the next run takes them.
    unsettled: list[str]


@dataclass(frozen=True)
class _Entry:
    """One directory entry as the file system tells it."""

    address: str
    parts: tuple[str, ...]
    kind: str
    size: int
    modified_at: datetime

    @property
    def state(self) -> tuple[int, datetime]:
        return self.size, self.modified_at


def _utc_now() -> datetime:
    return datetime.now(UTC)


class DropFolder:
    """The drop folder at one fsspec URL (a local path, ``file://``, ``sftp://``, ``s3://`` …).

    A file that changed within the last minute is looked at twice, ``stability_seconds`` apart;
    if it changed again it is still being written. A share that hangs is given up after
    ``scan_seconds`` for the listing, and ``fetch_seconds`` for each file.
    """

    def __init__(
        self,
        url: str,
        *,
        stability_seconds: float = 2.0,
        largest_bytes: int = 1 << 30,
        scan_seconds: float = 300.0,
        fetch_seconds: float = 600.0,
        clock: Clock = _utc_now,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        """Raises Breach when no driver opens such a URL, or its server does not answer."""
        # A traceback may show what a frame holds.
        address = SecretStr(url)
        del url
        self._stability_seconds = stability_seconds
        self._largest_bytes = largest_bytes
        self._scan_seconds = scan_seconds
        self._fetch_seconds = fetch_seconds
        self._clock = clock
        self._sleep = sleep
        try:
            self._files, root = within(
                scan_seconds,
                lambda: fsspec.core.url_to_fs(address.get_secret_value()),
                _hangs(scan_seconds),
            )
        except Breach:
            raise
        except (ValueError, ImportError):
            raise Breach(
                BreachCode.SETTING_MISSING,
                "drop folder",
                "no driver opens the URL in SKILLS_DROP: correct it, or install the fsspec driver "
                "for its protocol",
            ) from None
        except Exception as error:  # drivers raise anything, with the URL in the text
            raise _unreachable(error) from None
        self._root = str(root).rstrip("/")

    def scan(
        self,
        contracts: Mapping[str, FeedContract],
        feeds: frozenset[str] | None = None,
        *,
        until: datetime | None = None,
    ) -> Listing:
        """What lies there for each feed that takes files; with ``feeds``, for those only.

        Give all contracts, so that ``unmatched`` is right. What changed after ``until`` is as if it
        were not there yet. Raises Breach (SOURCE_UNREACHABLE) when the folder itself can't be
        listed.
        """
        taking = {name for name, contract in contracts.items() if contract.by_file}
        wanted = taking if feeds is None else taking & feeds
        entries = self._look(taking, wanted, until)
        unsettled: set[str] = set()
        if any(self._clock() - entry.modified_at < _RECENT for entry in entries):
            self._sleep(self._stability_seconds)
            again = {entry.address: entry for entry in self._look(taking, wanted, until)}
            unsettled = {
                entry.address
                for entry in entries
                if entry.address not in again or again[entry.address].state != entry.state
            }
        return _listing(entries, wanted, unsettled, self._largest_bytes)

    def fetch(self, candidate: Candidate, into: Path) -> Delivery:
        """Copy a file into the folder ``into``, under its hash.

        Raises Breach when it can't be read, takes too long, grew too large, or changed since it was
        listed, and OSError when our own disk can't take it.
        """
        late = _too_slow(candidate.name, self._fetch_seconds)
        # Whoever trickles is noticed between two chunks; whoever sends nothing is left behind.
        return within(self._fetch_seconds + 1, lambda: self._fetch(candidate, into, late), late)

    def _fetch(self, candidate: Candidate, into: Path, late: Breach) -> Delivery:
        with self._opened(candidate) as file:
            path, sha256, size = spool(self._chunks(file, candidate.name, late), into)
        reason = _asked(candidate.name, lambda: self._reason(candidate.reason_address))
        if size != candidate.size:
            path.unlink(missing_ok=True)
            raise _changed(candidate.name)
        return Delivery(
            name=candidate.name,
            path=path,
            sha256=sha256,
            size=size,
            delivered_at=candidate.modified_at,
            hints=candidate.hints,
            declared_reason=reason,
        )

    def _look(self, taking: set[str], wanted: set[str], until: datetime | None) -> list[_Entry]:
        """Entries in wanted feeds' folders, and files outside of any feed's folder."""

        def look() -> list[_Entry]:
            self._files.invalidate_cache()
            found = self._walk(self._root, (), taking, wanted)
            return [entry for entry in found if until is None or entry.modified_at <= until]

        try:
            return within(self._scan_seconds, look, _hangs(self._scan_seconds))
        except Breach:
            raise
        except Exception as error:  # drivers raise anything, with the URL in the text
            raise _unreachable(error) from None

    def _walk(
        self, folder: str, parts: tuple[str, ...], taking: set[str], wanted: set[str]
    ) -> Iterator[_Entry]:
        try:
            found = self._files.ls(folder, detail=True)
        except Exception:  # drivers raise anything; only the root's failure ends the scan
            if not parts:
                raise
            yield _Entry(folder, parts, "unreadable", 0, _EPOCH)
            return
        for info in found:
            address = str(info["name"]).rstrip("/")
            name = address.rsplit("/", 1)[-1]
            if address == folder and not parts and info["type"] == "file":
                raise NotADirectoryError
            if address == folder or _is_ignored(name):
                continue
            entry = _entry(info, address, (*parts, name), self._files)
            feed = "/".join(entry.parts[:2])
            if feed in taking - wanted:
                continue
            if entry.kind == "directory" and len(entry.parts) < _DEEPEST:
                yield from self._walk(address, entry.parts, taking, wanted)
            else:
                yield entry

    @contextmanager
    def _opened(self, candidate: Candidate) -> Iterator[BinaryIO]:
        """The file, opened so that neither a link nor a pipe put in its place does harm."""
        address = candidate.address
        if not isinstance(self._files, LocalFileSystem):
            with _asked(candidate.name, lambda: self._files.open(address, "rb")) as file:
                yield file
            return
        flags = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
        descriptor = _asked(candidate.name, lambda: os.open(address, flags))
        with os.fdopen(descriptor, "rb") as file:
            _assert_unchanged(file, address, candidate.written_at)
            yield file
            _assert_unchanged(file, address, candidate.written_at)

    def _chunks(self, file: BinaryIO, name: str, late: Breach) -> Iterator[bytes]:
        size = 0
        deadline = time.monotonic() + self._fetch_seconds
        while True:
            chunk = _asked(name, lambda: file.read(_CHUNK))
            if not chunk:
                return
            if time.monotonic() > deadline:
                raise late
            size += len(chunk)
            if size > self._largest_bytes:
                raise _too_large(name, self._largest_bytes)
            yield chunk

    def _reason(self, address: str | None) -> str | None:
        """The reason file's text, or None without one or when it says nothing."""
        if address is None:
            return None
        with self._files.open(address, "rb") as file:
            content: bytes = file.read(_REASON_BYTES)
        for encoding in ("utf-8-sig", "gb18030"):
            try:
                text = content.decode(encoding)
            except UnicodeDecodeError:
                continue
            return " ".join("".join(c if c.isprintable() else " " for c in text).split()) or None
        return None


def _asked(name: str, step: Callable[[], Answer]) -> Answer:
    """What a step that reads the file yields; its failure may pass with the network or its rights.

    A plain call, since a context manager keeps the driver's error in the traceback's frames.
    """
    try:
        return step()
    except Exception as error:  # drivers raise anything, with the URL in the text
        raise Breach(
            BreachCode.SOURCE_UNREACHABLE,
            name,
            f"the file cannot be read ({type(error).__name__}): check that it still exists, that "
            "its rights allow reading, and the network share; the next run tries again",
        ) from None


def _assert_unchanged(file: BinaryIO, address: str, written_at: datetime) -> None:
    found = os.fstat(file.fileno())
    if not stat.S_ISREG(found.st_mode) or _moment(found.st_mtime) != written_at:
        raise _changed(_printable(address.rsplit("/", 1)[-1]))


# --- from entries to a listing ----------------------------------------------------------------


def _listing(
    entries: list[_Entry], wanted: set[str], unsettled: set[str], largest_bytes: int
) -> Listing:
    """Sort entries into feeds; a reason file goes with its file, not by itself."""
    by_address = {entry.address: entry for entry in entries}
    listing = Listing({feed: [] for feed in sorted(wanted)}, [], [], [])
    taken: set[tuple[str, str]] = set()
    for entry in sorted(entries, key=lambda entry: entry.parts):
        feed = "/".join(entry.parts[:2])
        shown = "/".join(map(_printable, entry.parts))
        if entry.address.removesuffix(REASON_SUFFIX) in by_address.keys() - {entry.address}:
            continue
        if len(entry.parts) < 3 and entry.kind in ("link", "unreadable"):
            listing.faults.extend(_closed_feeds(entry, wanted))
        if len(entry.parts) < 3 or feed not in wanted or entry.address.endswith(REASON_SUFFIX):
            listing.unmatched.append(shown)
            continue
        reason = by_address.get(entry.address + REASON_SUFFIX)
        candidate = _candidate(feed, entry, reason if reason and reason.kind == "file" else None)
        if (feed, candidate.name) in taken:
            candidate = _renamed(candidate)
        taken.add((feed, candidate.name))
        if {entry.address, candidate.reason_address} & unsettled:
            listing.unsettled.append(shown)
        elif entry.kind != "file":
            listing.faults.append(Fault(candidate, _not_a_file(candidate.name, entry.kind)))
        elif entry.size > largest_bytes:
            listing.faults.append(Fault(candidate, _too_large(candidate.name, largest_bytes)))
        else:
            listing.deliveries[feed].append(candidate)
    return listing


def _closed_feeds(entry: _Entry, wanted: set[str]) -> Iterator[Fault]:
    """A feed whose very folder, or agency's folder, can't be looked into has not been looked at."""
    for feed in sorted(wanted):
        if tuple(feed.split("/"))[: len(entry.parts)] == entry.parts:
            named = _Entry(entry.address, (*feed.split("/"), feed), entry.kind, 0, _EPOCH)
            name = f"folder {'/'.join(entry.parts)}"
            message = "the folder cannot be listed: check its rights, and that it is no link"
            yield Fault(
                Candidate(**{**vars(_candidate(feed, named, None)), "name": name}),
                Breach(BreachCode.SOURCE_UNREACHABLE, name, message),
            )


def _candidate(feed: str, entry: _Entry, reason: _Entry | None) -> Candidate:
    inside = [_readable(part) for part in entry.parts[2:]]
    return Candidate(
        feed=feed,
        name="/".join(map(_printable, entry.parts[2:])),
        size=entry.size,
        modified_at=max(entry.modified_at, reason.modified_at) if reason else entry.modified_at,
        hints=(*inside[:-1], inside[-1].rpartition(".")[0] or inside[-1]),
        address=entry.address,
        written_at=entry.modified_at,
        reason_address=reason.address if reason else None,
    )


def _renamed(candidate: Candidate) -> Candidate:
    """The second of two files whose names look the same gets a name of its own."""
    mark = hashlib.sha256(os.fsencode(candidate.address)).hexdigest()[:8]
    return Candidate(**{**vars(candidate), "name": f"{candidate.name} ({mark})"})


def _entry(
    info: Mapping[str, Any], address: str, parts: tuple[str, ...], files: AbstractFileSystem
) -> _Entry:
    kind = "link" if info.get("islink") else _KINDS.get(info["type"], "pipe or device")
    modified_at = _EPOCH
    if kind != "directory":
        known = (info.get(key) for key in ("mtime", "LastModified", "last_modified", "created"))
        moment = next((value for value in known if value is not None), None)
        modified_at = _moment(files.modified(address) if moment is None else moment)
    return _Entry(address, parts, kind, int(info.get("size") or 0), modified_at)


def _moment(value: object) -> datetime:
    """A time as some driver tells it, in UTC: seconds, a datetime or ISO text.

    Seconds that no calendar holds count as no time at all, and never as a failure of the folder.
    """
    if isinstance(value, int | float):
        try:
            return datetime.fromtimestamp(value, UTC)
        except (ValueError, OverflowError, OSError):
            return _EPOCH
    moment = value if isinstance(value, datetime) else datetime.fromisoformat(str(value))
    return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).astimezone(UTC)


def _is_ignored(name: str) -> bool:
    lower = name.lower()
    return (
        name.startswith(_IGNORED_STARTS) or lower.endswith(_IGNORED_ENDS) or lower in _IGNORED_NAMES
    )


# --- names ------------------------------------------------------------------------------------


def _readable(part: str) -> str:
    """A file or folder name as it was meant: names that aren't UTF-8 are most often GB18030."""
    raw = os.fsencode(part)
    for encoding in ("utf-8", "gb18030"):
        try:
            return unicodedata.normalize("NFC", raw.decode(encoding))
        except UnicodeDecodeError:
            continue
    return raw.decode("utf-8", "backslashreplace")


def _printable(part: str) -> str:
    """A readable name without control characters and of bounded length."""
    shown = printable(_readable(part))
    if len(shown) <= _LONGEST_NAME:
        return shown
    mark = hashlib.sha256(os.fsencode(part)).hexdigest()[:8]
    return f"{shown[: _LONGEST_NAME - 20]}…{mark}…{shown[-9:]}"


# --- breaches ---------------------------------------------------------------------------------


def _unreachable(error: Exception) -> Breach:
    return Breach(
        BreachCode.SOURCE_UNREACHABLE,
        "drop folder",
        f"the folder cannot be listed ({type(error).__name__}): check SKILLS_DROP, the network "
        "share and its rights",
    )


def _hangs(seconds: float) -> Breach:
    return Breach(
        BreachCode.SOURCE_UNREACHABLE,
        "drop folder",
        f"the folder did not answer for {seconds:g} s: check the network share; the last data stay "
        "and the next run tries again",
    )


def _too_slow(name: str, seconds: float) -> Breach:
    return Breach(
        BreachCode.SOURCE_UNREACHABLE,
        name,
        f"copying the file took longer than {seconds:g} s: check the network share; the next run "
        "tries again",
    )


def _changed(name: str) -> Breach:
    return Breach(
        BreachCode.SOURCE_INCONSISTENT,
        name,
        "the file changed while it was being copied: the next run takes it; uploaders do best to "
        "write under a name that ends in .part and to rename it when done",
    )


def _not_a_file(name: str, kind: str) -> Breach:
    if kind == "unreadable":
        message = "the folder cannot be listed: check its rights"
        return Breach(BreachCode.SOURCE_UNREACHABLE, name, message)
    message = f"a {kind} stands here: put the file itself there, not deeper than {_DEEPEST} folders"
    return Breach(BreachCode.FILE_NOT_REGULAR, name, message)


def _too_large(name: str, largest_bytes: int) -> Breach:
    return Breach(
        BreachCode.FILE_TOO_LARGE,
        name,
        f"the file is larger than {largest_bytes >> 20} MiB: deliver it in parts",
    )
