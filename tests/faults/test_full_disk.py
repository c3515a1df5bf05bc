"""A disk that is really full: what stood stays readable, and space brings everything back."""

from __future__ import annotations

import errno
import os
import shutil
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Final

import pytest
from campaign import chosen
from injected_programs import build_work_file, drop_ledger
from installations import surroundings
from syscalls import Stage
from whole_states import (
    assert_nothing_dangles,
    assert_one_version_shows,
    landing_state,
    published_state,
)

from dagster_project.agencies import BUILDS_FREE, HomeError, held_home
from ingestion.settings import Settings

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("full disk")]

#: Bytes left over, so that the disk is full at one step or another.
_LEFT_FOR_LANDING: Final = chosen((0, 40 << 10, 100 << 10, 160 << 10), 2)
_LEFT_FOR_PUBLISHING: Final = chosen((0, 200 << 10, 1000 << 10, 1900 << 10), 2)
_LARGEST_LANDED: Final = chosen((0, 1 << 10, 6 << 10, 40 << 10), 2)
_LARGEST_PUBLISHED: Final = chosen((0, 16 << 10, 300 << 10, 1200 << 10), 2)
_FULL: Final = f"OSError: [Errno {errno.ENOSPC}] the disk is full; "
_TOO_LARGE: Final = f"OSError: [Errno {errno.EFBIG}] the disk is full; "
#: What SQLite makes of a file that may not grow.
_FAILED: Final = f"OSError: [Errno {errno.EIO}] the disk failed; "
_NEXT_STEP: Final = "Free some space, then run again"


@pytest.fixture(scope="module")
def stage(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    running = Stage("injected_programs", tmp_path_factory.mktemp("stage"), surroundings())
    yield running
    running.close()


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[Path]:
    """A disk of 24 MB."""
    folder = tmp_path / "disk"
    folder.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=24m", "tmpfs", str(folder)]
    if os.geteuid() != 0 or subprocess.run(mount, capture_output=True, check=False).returncode:
        pytest.skip("only who may mount can have a small disk")
    yield folder
    subprocess.run(["umount", str(folder)], check=True)


def filled(disk: Path, left: int) -> Path:
    """A file that leaves so many bytes of the disk."""
    filler = disk / "filler"
    with filler.open("wb") as file:
        os.posix_fallocate(file.fileno(), 0, shutil.disk_usage(disk).free - left)
    return filler


def first_delivery(folder: Path, stage: Stage) -> None:
    drop_ledger(folder, "仁怀市/2024年1-6月.csv", range(1, 200), broken=[3])
    assert stage.run("land", str(folder)).code == 0
    drop_ledger(folder, "仁怀市/2024年1-6月更正.csv", range(3, 900), broken=[5])


def first_version(folder: Path, stage: Stage) -> None:
    build_work_file(folder / "work.duckdb", 1)
    assert stage.run("publish", str(folder), "1").code == 0
    build_work_file(folder / "work.duckdb", 2)


def undisturbed(
    start: Path, stage: Stage, state: Callable[[Path], dict[str, str]], *program: str
) -> dict[str, str]:
    """How the program ends on a large disk."""
    folder = Path(shutil.copytree(start, start.parent / "undisturbed", symlinks=True))
    assert stage.run(program[0], str(folder), *program[1:]).code == 0
    return state(folder)


# --- a small disk -----------------------------------------------------------------------------


def test_landing_on_a_full_disk_says_so_and_goes_on_when_there_is_space(
    disk: Path, tmp_path: Path, stage: Stage
) -> None:
    first_delivery(tmp_path / "start", stage)
    expected = undisturbed(tmp_path / "start", stage, landing_state, "land")
    for left in _LEFT_FOR_LANDING:
        folder = Path(shutil.copytree(tmp_path / "start", disk / "own"))
        filler = filled(disk, left)
        ending = stage.run("land_in_threads", str(folder))
        assert ending.raised.startswith(_FULL), (left, ending.raised)
        assert _NEXT_STEP in ending.raised
        filler.unlink()
        assert_nothing_dangles(folder)
        assert stage.run("land_in_threads", str(folder)).code == 0
        assert landing_state(folder) == expected
        shutil.rmtree(folder)


def test_publishing_on_a_full_disk_leaves_the_old_version_readable(
    disk: Path, tmp_path: Path, stage: Stage
) -> None:
    start = tmp_path / "start"
    start.mkdir()
    first_version(start, stage)
    expected = undisturbed(start, stage, published_state, "publish", "2")
    for left in _LEFT_FOR_PUBLISHING:
        folder = Path(shutil.copytree(start, disk / "own", symlinks=True))
        filler = filled(disk, left)
        before = (folder / "published" / "current.duckdb").readlink()
        ending = stage.run("publish", str(folder), "2")
        assert ending.raised.startswith(_FULL), (left, ending.raised)
        assert _NEXT_STEP in ending.raised
        assert (folder / "published" / "current.duckdb").readlink() == before
        assert_one_version_shows(folder)
        filler.unlink()
        assert stage.run("publish", str(folder), "2").code == 0
        assert published_state(folder) == expected
        shutil.rmtree(folder)


# --- files that may not grow, which needs no right to mount -----------------------------------


@pytest.mark.parametrize("size", _LARGEST_LANDED)
def test_landing_where_a_file_cannot_grow_says_so_and_goes_on_when_it_can(
    size: int, tmp_path: Path, stage: Stage
) -> None:
    first_delivery(tmp_path / "start", stage)
    expected = undisturbed(tmp_path / "start", stage, landing_state, "land")
    ending = stage.run("land_with_small_files", str(tmp_path / "start"), str(size))
    assert ending.raised.startswith((_FULL, _TOO_LARGE, _FAILED)), ending.raised
    assert_nothing_dangles(tmp_path / "start")
    assert stage.run("land", str(tmp_path / "start")).code == 0
    assert landing_state(tmp_path / "start") == expected


@pytest.mark.parametrize("size", _LARGEST_PUBLISHED)
def test_publishing_where_a_file_cannot_grow_leaves_the_old_version_readable(
    size: int, tmp_path: Path, stage: Stage
) -> None:
    start = tmp_path / "start"
    start.mkdir()
    first_version(start, stage)
    expected = undisturbed(start, stage, published_state, "publish", "2")
    ending = stage.run("publish_with_small_files", str(start), "2", str(size))
    assert ending.raised.startswith(_TOO_LARGE), ending.raised
    assert_one_version_shows(start)
    assert stage.run("publish", str(start), "2").code == 0
    assert published_state(start) == expected


# --- before a run -----------------------------------------------------------------------------


@pytest.mark.parametrize("database", ["work/work.duckdb", "published/current.duckdb"])
def test_a_run_that_would_fill_the_disk_is_refused_and_told_how_much_it_needs(
    database: str, tmp_path: Path
) -> None:
    settings = Settings(home=tmp_path / "home", connections={})
    built = settings.home / database
    built.parent.mkdir(parents=True)
    size = shutil.disk_usage(tmp_path).free // BUILDS_FREE + (1 << 30)
    with built.open("wb") as file:
        file.truncate(size)  # takes no space, and says that the last build took more than a third
    needed = f"a refresh needs {BUILDS_FREE * size >> 20:,} MB: free some space, then try again"
    with pytest.raises(HomeError, match=rf"has [0-9,]+ MB left and {needed}"), held_home(settings):
        pytest.fail("the run began")


def test_the_first_run_of_a_home_is_refused_on_a_disk_that_is_too_small(disk: Path) -> None:
    settings = Settings(home=disk / "home", connections={})
    with pytest.raises(HomeError, match=r"has 2[0-9] MB left and a refresh needs 500 MB"):
        held_home(settings).__enter__()
