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
from typing import Any, BinaryIO, Final, NamedTuple

import fsspec
from fsspec import AbstractFileSystem
from fsspec.implementations.local import LocalFileSystem

from ingestion.connectors import Clock, Delivery, spool
from ingestion.contract import FeedContract, FileSource
from ingestion.reasons import Breach, BreachCode

REASON_SUFFIX: Final = ".reason.txt"
#: What programs and systems leave behind while they write, or for themselves.
_IGNORED_STARTS: Final = (".", "~$", "__MACOSX")
_IGNORED_ENDS: Final = (".part", ".partial", ".tmp", ".crdownload", ".download", ".swp")
_IGNORED_NAMES: Final = frozenset({"thumbs.db", "desktop.ini"})

_DEEPEST: Final = 12
_LONGEST_NAME: Final = 120
_REASON_BYTES: Final = 4096
_CHUNK: Final = 1 << 20
#: A file that changed this recently is looked at twice.
_RECENT: Final = timedelta(seconds=60)
_KINDS: Final = {"file": "file", "directory": "directory"}
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
    if it changed again it is still being written.
    """

    def __init__(
        self,
        url: str,
        *,
        stability_seconds: float = 2.0,
        largest_bytes: int = 1 << 30,
        clock: Clock = _utc_now,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        """Raises Breach when no driver opens such a URL, or its server does not answer."""
        self._stability_seconds = stability_seconds
        self._largest_bytes = largest_bytes
        self._clock = clock
        self._sleep = sleep
        try:
            self._files, root = fsspec.core.url_to_fs(url)
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
        self, contracts: Mapping[str, FeedContract], feeds: frozenset[str] | None = None
    ) -> Listing:
        """What lies there for each feed that takes files; with ``feeds``, for those only.

        Give all contracts, so that ``unmatched`` is right. Raises Breach (SOURCE_UNREACHABLE)
        when the folder itself can't be listed.
        """
        taking = {n for n, contract in contracts.items() if isinstance(contract.source, FileSource)}
        wanted = taking if feeds is None else taking & feeds
        entries = self._look(taking, wanted)
        unsettled: set[str] = set()
        if any(self._clock() - entry.modified_at < _RECENT for entry in entries):
            self._sleep(self._stability_seconds)
            again = {entry.address: entry for entry in self._look(taking, wanted)}
            unsettled = {
                entry.address
                for entry in entries
                if entry.address not in again or again[entry.address].state != entry.state
            }
        return _listing(entries, wanted, unsettled, self._largest_bytes)

    def fetch(self, candidate: Candidate, into: Path) -> Delivery:
        """Copy a file into the folder ``into``, under its hash.

        Raises Breach when it can't be read, grew too large, or changed since it was listed.
        """
        try:
            with self._opened(candidate.address, candidate.written_at) as file:
                path, sha256, size = spool(self._chunks(file, candidate.name), into)
            reason = self._reason(candidate.reason_address)
        except Breach:
            raise
        except Exception as error:  # drivers raise anything, with the URL in the text
            raise Breach(
                BreachCode.FILE_UNREADABLE,
                candidate.name,
                f"the file cannot be opened ({type(error).__name__}): check that it still exists "
                "and that its rights allow reading",
            ) from None
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

    def _look(self, taking: set[str], wanted: set[str]) -> list[_Entry]:
        """Entries in wanted feeds' folders, and files outside of any feed's folder."""
        try:
            self._files.invalidate_cache()
            return list(self._walk(self._root, (), taking, wanted))
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
    def _opened(self, address: str, written_at: datetime) -> Iterator[BinaryIO]:
        """The file, opened so that neither a link nor a pipe put in its place does harm."""
        if not isinstance(self._files, LocalFileSystem):
            with self._files.open(address, "rb") as file:
                yield file
            return
        flags = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
        with os.fdopen(os.open(address, flags), "rb") as file:
            _assert_unchanged(file, address, written_at)
            yield file
            _assert_unchanged(file, address, written_at)

    def _chunks(self, file: BinaryIO, name: str) -> Iterator[bytes]:
        size = 0
        while chunk := file.read(_CHUNK):
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
    """A time as some driver tells it, in UTC: seconds, a datetime or ISO text."""
    if isinstance(value, int | float):
        return datetime.fromtimestamp(value, UTC)
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
    text = _readable(part)
    shown = "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in text)
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
        return Breach(BreachCode.FILE_UNREADABLE, name, message)
    message = f"a {kind} stands here: put the file itself there, not deeper than {_DEEPEST} folders"
    return Breach(BreachCode.FILE_NOT_REGULAR, name, message)


def _too_large(name: str, largest_bytes: int) -> Breach:
    return Breach(
        BreachCode.FILE_TOO_LARGE,
        name,
        f"the file is larger than {largest_bytes >> 20} MiB: deliver it in parts",
    )
