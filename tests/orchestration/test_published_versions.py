"""Versions come, go and come back; a reader meets exactly one of them at every moment."""

from __future__ import annotations

import os
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path

import pytest

from dagster_project.publishing.versions import (
    DATABASE_FILE,
    Facts,
    UnknownVersionError,
    current_version,
    install,
    make_current,
    next_name,
    prune,
    published_versions,
    recover,
    roll_back,
    staged,
)

NOON = datetime(2025, 7, 1, 12, tzinfo=UTC)
KILLED = 137


def publish(published: Path, text: str, now: datetime = NOON) -> str:
    recover(published)
    name = next_name(published, now)
    with staged(published) as folder:
        (folder / DATABASE_FILE).write_text(text)
        (folder / "parquet" / "kpis").mkdir(parents=True)
        (folder / "parquet" / "kpis" / "kpi_scorecard.parquet").write_text(text)
        facts = Facts(
            version=name,
            fingerprint=text,
            as_of="2025-06-30",
            as_known=None,
            is_sample=True,
            published_at=now,
            rows={"kpis.kpi_scorecard": 1},
            tests_run=1,
        )
        version = install(published, folder, facts)
    make_current(published, version)
    return name


def read(published: Path) -> str:
    return (published / "current.duckdb").read_text()


def test_a_new_version_becomes_current_and_the_old_one_stays(tmp_path: Path) -> None:
    first, second = publish(tmp_path, "one"), publish(tmp_path, "two")
    assert first < second
    assert read(tmp_path) == "two"
    assert (tmp_path / "CURRENT").read_text().strip() == second
    assert [version.facts.fingerprint for version in published_versions(tmp_path)] == ["one", "two"]


def test_published_files_can_be_read_but_not_written(tmp_path: Path) -> None:
    publish(tmp_path, "one")
    version = current_version(tmp_path)
    assert version
    assert version.database.stat().st_mode & 0o777 == 0o440
    assert version.parquet.stat().st_mode & 0o777 == 0o750


def test_names_sort_by_publication_even_if_the_clock_goes_back(tmp_path: Path) -> None:
    names = [publish(tmp_path, str(day), NOON - timedelta(days=day)) for day in range(3)]
    assert names == sorted(names)


def test_rolling_back_goes_to_the_version_before_or_to_the_named_one(tmp_path: Path) -> None:
    first, second, _ = (publish(tmp_path, text) for text in ("one", "two", "three"))
    assert roll_back(tmp_path).name == second
    assert read(tmp_path) == "two"
    assert roll_back(tmp_path, first).name == first
    assert read(tmp_path) == "one"
    with pytest.raises(UnknownVersionError, match="no version before"):
        roll_back(tmp_path)
    with pytest.raises(UnknownVersionError, match=f"there are: {first}"):
        roll_back(tmp_path, "000009-20250701T120000Z")


def test_a_rolled_back_home_still_lists_its_newest_version(tmp_path: Path) -> None:
    publish(tmp_path, "one")
    publish(tmp_path, "two")
    roll_back(tmp_path)
    recover(tmp_path)
    assert [version.facts.fingerprint for version in published_versions(tmp_path)] == ["one", "two"]


def test_old_versions_go_unless_they_were_replaced_only_lately(tmp_path: Path) -> None:
    for day in range(8):
        publish(tmp_path, str(day), NOON + timedelta(days=day))
    publish(tmp_path, "8", NOON + timedelta(days=7, hours=1))
    gone = prune(tmp_path, NOON + timedelta(days=7, hours=2), keep=2)
    kept = [version.facts.fingerprint for version in published_versions(tmp_path)]
    # The version of day 5 was replaced on day 6, more than a day ago; that of day 6 on day 7.
    assert kept == ["6", "7", "8"]
    assert len(gone) == 6


def test_the_current_version_never_goes(tmp_path: Path) -> None:
    first = publish(tmp_path, "0")
    for day in range(1, 4):
        publish(tmp_path, str(day), NOON + timedelta(days=day))
    roll_back(tmp_path, first)
    prune(tmp_path, NOON + timedelta(days=30), keep=1)
    assert read(tmp_path) == "0"


def test_nothing_published_means_no_current_version(tmp_path: Path) -> None:
    assert current_version(tmp_path / "published") is None
    assert published_versions(tmp_path / "published") == ()


def kill_at(call: int, work: Callable[[], object]) -> int:
    """Run in a child process that dies at its n-th change of the file system; its exit code."""
    child = os.fork()
    if child == 0:
        left = call

        def deadly(change: Callable[..., object]) -> Callable[..., object]:
            def changed(*arguments: object, **options: object) -> object:
                nonlocal left
                left -= 1
                if left < 0:
                    os._exit(KILLED)
                return change(*arguments, **options)

            return changed

        for name in ("fsync", "rename", "replace", "symlink", "unlink", "mkdir", "chmod", "rmdir"):
            setattr(os, name, deadly(getattr(os, name)))
        try:
            work()
        except BaseException:
            os._exit(1)
        os._exit(0)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])


def test_a_publication_killed_anywhere_leaves_one_whole_version_and_a_rerun_recovers(
    tmp_path: Path,
) -> None:
    call, exit_code = 0, KILLED
    while exit_code == KILLED:
        published = tmp_path / str(call)
        publish(published, "old")
        exit_code = kill_at(call, partial(publish, published, "new"))
        assert read(published) in ("old", "new")
        seen = read(published)
        recover(published)
        assert read(published) == seen
        current = current_version(published)
        assert current
        assert (published / "CURRENT").read_text().strip() == current.name
        assert current.name == published_versions(published)[-1].name
        publish(published, "rerun")
        assert read(published) == "rerun"
        assert not list(published.rglob(".*"))
        call += 1
    assert exit_code == 0
    assert call > 20
