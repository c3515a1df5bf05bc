"""Is the landing zone what was written into it? Looked at before anything is built from it.

Of 60 single bits that flipped in Parquet files, 44 gave wrong numbers without an error, and SQLite
keeps no checksums at all. So every landed file is held against its hash in the manifest, and every
row of the manifest against its seal. It names what is damaged and repairs nothing.
"""

from __future__ import annotations

import hashlib
import itertools
import sqlite3
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Final

from ingestion.landing import BatchRecord, Manifest
from ingestion.seals import SealError
from ingestion.settings import Settings

#: SQLite's codes for what says nothing about the content of the file.
_PASSING: Final = (
    sqlite3.SQLITE_BUSY,
    sqlite3.SQLITE_LOCKED,
    sqlite3.SQLITE_FULL,
    sqlite3.SQLITE_IOERR,
    sqlite3.SQLITE_CANTOPEN,
    sqlite3.SQLITE_READONLY,
)
#: Extended codes carry the kind of failure in their last byte.
_KIND: Final = 0xFF
#: So many damaged files are named.
_NAMED: Final = 5
#: Files that are hashed at once.
_READERS: Final = 4


class LandingDamagedError(Exception):
    """Something that landed is missing or changed; the message names it and the next step."""


def assert_sound(path: Path) -> None:
    """The manifest says what was written into it. Raises LandingDamagedError."""
    try:
        with Manifest(path) as manifest:
            manifest.refuse_damaged()
    except SealError as error:
        raise _damaged_manifest(str(error)) from None
    except (sqlite3.Error, UnicodeDecodeError) as error:
        if getattr(error, "sqlite_errorcode", 0) & _KIND in _PASSING:
            raise
        # What SQLite says may quote what stands in the file.
        raise _damaged_manifest(f"{type(error).__name__} on reading it") from None


def assert_intact(settings: Settings, batches: Iterable[BatchRecord]) -> None:
    """Every landed file has the hash that the manifest says. Raises LandingDamagedError."""
    expected: dict[Path, str] = {}
    for batch in batches:
        folder = settings.landing / batch.feed
        expected[folder / batch.file_name] = batch.file_sha256
        if batch.rejected_sha256:
            expected[folder / f"{batch.batch_id}.rejected.parquet"] = batch.rejected_sha256
    files = list(expected.items())
    with ThreadPoolExecutor(_READERS) as readers:
        parts = [files[at::_READERS] for at in range(min(_READERS, len(files)))]
        found = dict(itertools.chain.from_iterable(readers.map(_damages, parts)))
    damages = [
        f"landing/{path.relative_to(settings.landing).as_posix()} {found[path]}"
        for path in expected
        if path in found
    ]
    if damages:
        more = f"; and {len(damages) - _NAMED} more" if len(damages) > _NAMED else ""
        raise LandingDamagedError(
            f"{'; '.join(damages[:_NAMED])}{more}: restore from a backup; nothing was built"
        )


def _damages(files: Iterable[tuple[Path, str]]) -> list[tuple[Path, str]]:
    """What is wrong with landed files of which something is."""
    looked_at = ((path, _damage(path, sha256)) for path, sha256 in files)
    return [(path, damage) for path, damage in looked_at if damage]


def _damage(path: Path, sha256: str) -> str | None:
    """What is wrong with a landed file, or None."""
    try:
        with path.open("rb") as file:
            found = hashlib.file_digest(file, "sha256").hexdigest()
    except FileNotFoundError:
        return "is missing"
    except OSError as error:
        return f"can't be read ({type(error).__name__})"
    return None if found == sha256 else "has changed since it landed"


def _damaged_manifest(what: str) -> LandingDamagedError:
    return LandingDamagedError(
        f"landing/manifest.sqlite is damaged ({what}): restore the folder landing from a backup; "
        "nothing was touched"
    )
