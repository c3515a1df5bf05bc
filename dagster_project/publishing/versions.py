"""Published versions: which exist, which one is current, how that changes and what goes.

A version is a folder ``versions/<name>`` with its DuckDB file, its Parquet files and its facts.
``current.duckdb`` is a link to the file of one version; replacing that link is the only moment at
which something becomes visible, and the rename is atomic. ``CURRENT`` names the same version for
readers of Parquet. Whatever a killed process left behind is recognised by `recover`. It refuses to
remove the current version, and never writes inside a version after it became current but for the
mark that says so.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import pairwise
from pathlib import Path
from typing import Final

from pydantic import BaseModel, ConfigDict

from dagster_project.publishing.contents import Table

DATABASE_FILE: Final = "warehouse.duckdb"
PARQUET_FOLDER: Final = "parquet"
FACTS_FILE: Final = "version.json"
#: Set once a version has been current; a folder without it was never seen by a reader.
PUBLISHED_MARK: Final = "PUBLISHED"

KEEP_VERSIONS: Final = 5
KEEP_FOR: Final = timedelta(days=1)

_FOLDER_MODE: Final = 0o750
_FILE_MODE: Final = 0o440


class Facts(BaseModel):
    """What a version says of itself."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    version: str
    #: Equal fingerprints mean equal input, rules and dates; see `dagster_project.building`.
    fingerprint: str
    as_of: str
    #: What had been delivered by this day; none means everything.
    as_known: str | None
    is_sample: bool
    #: UTC.
    published_at: datetime
    #: Rows by ``<schema>.<table>``.
    rows: dict[str, int]
    tests_run: int
    #: Every rule that its tests held; a later version must not lose one unnoticed.
    rules: tuple[str, ...] = ()
    #: Its tables in counts, by ``<schema>.<table>``, for the next version to be held against.
    contents: dict[str, Table] = {}


class NothingPublishedError(Exception):
    """Readers find no version yet; the message says what to do."""


@dataclass(frozen=True)
class Version:
    """A version on disk."""

    name: str
    folder: Path
    facts: Facts

    @property
    def database(self) -> Path:
        return self.folder / DATABASE_FILE

    @property
    def parquet(self) -> Path:
        return self.folder / PARQUET_FOLDER


class UnknownVersionError(Exception):
    """There is no such version to go back to; the message names those that exist."""


def published_versions(published: Path) -> tuple[Version, ...]:
    """Versions that readers have seen or see, oldest first."""
    return tuple(
        Version(folder.name, folder, _facts(folder))
        for folder in _folders(published)
        if (folder / PUBLISHED_MARK).exists()
    )


def current_version(published: Path) -> Version | None:
    """The version that ``current.duckdb`` opens."""
    name = _linked_name(published)
    if name is None:
        return None
    folder = _versions(published) / name
    return Version(name, folder, _facts(folder))


def required_version(published: Path) -> Version:
    """The same. Raises NothingPublishedError."""
    current = current_version(published)
    if current is None:
        raise NothingPublishedError(
            "尚无已发布的版本，请先运行 skills refresh · Nothing is published yet: skills refresh"
        )
    return current


def next_name(published: Path, now: datetime) -> str:
    """A name that sorts behind all others, whatever the clock says."""
    numbers = [int(folder.name.split("-")[0]) for folder in _folders(published)]
    return f"{max(numbers, default=0) + 1:06d}-{now:%Y%m%dT%H%M%SZ}"


@contextmanager
def staged(published: Path) -> Iterator[Path]:
    """An empty folder for the files of a version to be, on the same file system.

    Afterwards it is gone: `install` has moved it, or the version failed.
    """
    folder = _staging(published)
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def install(published: Path, staging: Path, facts: Facts) -> Version:
    """Give the staged files their place and name, synced and read-only. Readers see nothing yet."""
    (staging / FACTS_FILE).write_text(facts.model_dump_json(indent=2) + "\n", encoding="utf-8")
    for path in sorted(staging.rglob("*")):
        path.chmod(_FOLDER_MODE if path.is_dir() else _FILE_MODE)
        sync(path)
    staging.chmod(_FOLDER_MODE)
    sync(staging)
    folder = _versions(published) / facts.version
    folder.parent.mkdir(parents=True, exist_ok=True)
    for parent in (published, folder.parent):
        parent.chmod(_FOLDER_MODE)
    staging.rename(folder)
    sync(folder.parent)
    return Version(facts.version, folder, facts)


def make_current(published: Path, version: Version) -> None:
    """Let ``current.duckdb`` open that version, in one rename."""
    link = _link(published)
    fresh = link.with_name(f".{link.name}.new")
    fresh.unlink(missing_ok=True)
    fresh.symlink_to(version.database.relative_to(published))
    fresh.replace(link)
    sync(published)
    _settle(published, version.folder)


def recover(published: Path) -> tuple[str, ...]:
    """Finish or undo what a killed process left; names of the versions that were undone."""
    shutil.rmtree(_staging(published), ignore_errors=True)
    linked = _linked_name(published)
    if linked is not None:
        _settle(published, _versions(published) / linked)
    unseen = [folder for folder in _folders(published) if not (folder / PUBLISHED_MARK).exists()]
    for folder in unseen:
        shutil.rmtree(folder)
    return tuple(folder.name for folder in unseen)


def roll_back(published: Path, name: str | None = None) -> Version:
    """Make an older version current again: the named one, or the one before the current.

    Raises UnknownVersionError.
    """
    versions = {version.name: version for version in published_versions(published)}
    current = current_version(published)
    if name is None:
        older = [version for version in versions if current and version < current.name]
        if not older:
            raise UnknownVersionError("there is no version before the current one")
        name = older[-1]
    if name not in versions:
        known = ", ".join(versions) or "none"
        raise UnknownVersionError(f"there is no published version {name}; there are: {known}")
    make_current(published, versions[name])
    return versions[name]


def prune(
    published: Path, now: datetime, *, keep: int = KEEP_VERSIONS, keep_for: timedelta = KEEP_FOR
) -> tuple[str, ...]:
    """Remove versions that are neither current, nor among the last, nor replaced only lately.

    A reader that began on a version has `keep_for` to finish, counted from the publication of
    the version that followed.
    """
    versions = published_versions(published)
    current = _linked_name(published)
    gone = [
        version
        for version, follower in pairwise(versions)
        if version not in versions[-keep:]
        and version.name != current
        and now - follower.facts.published_at > keep_for
    ]
    for version in gone:
        (version.folder / PUBLISHED_MARK).unlink()
        shutil.rmtree(version.folder)
    return tuple(version.name for version in gone)


def sync(path: Path) -> None:
    """Force a file's bytes or a folder's entries to the disk."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _settle(published: Path, folder: Path) -> None:
    """What follows the swap; repeating it changes nothing."""
    mark = folder / PUBLISHED_MARK
    if not mark.exists():
        mark.touch(mode=_FILE_MODE)
        sync(folder)
    pointer = published / "CURRENT"
    if pointer.exists() and pointer.read_text(encoding="utf-8").strip() == folder.name:
        return
    fresh = published / ".CURRENT.new"
    fresh.write_text(f"{folder.name}\n", encoding="utf-8")
    fresh.chmod(0o640)
    sync(fresh)
    fresh.replace(pointer)
    sync(published)


def _linked_name(published: Path) -> str | None:
    link = _link(published)
    return link.readlink().parent.name if link.is_symlink() else None


def _facts(folder: Path) -> Facts:
    return Facts.model_validate_json((folder / FACTS_FILE).read_bytes())


def _folders(published: Path) -> list[Path]:
    versions = _versions(published)
    if not versions.exists():
        return []
    return sorted(path for path in versions.iterdir() if path.name[:1].isdigit())


def _versions(published: Path) -> Path:
    return published / "versions"


def _staging(published: Path) -> Path:
    return _versions(published) / ".staging"


def _link(published: Path) -> Path:
    return published / "current.duckdb"
