"""Nobody but the owner reads what agencies delivered; a group may read what is published."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import pytest
from injected_programs import build_work_file, drop_ledger
from installations import Installation, surroundings
from syscalls import Stage

from dagster_project.dagster_home import prepare_dagster_home
from ingestion.settings import Settings
from ingestion.vault import load_secret

_OTHERS: Final = 0o077
_PUBLISHED_FILE: Final = 0o440
_PUBLISHED_FOLDER: Final = 0o750
#: Replaced in place, so its owner must be able to write it.
_POINTER: Final = 0o640


@pytest.fixture(scope="module")
def stage(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    running = Stage("injected_programs", tmp_path_factory.mktemp("stage"), surroundings())
    yield running
    running.close()


def modes(folder: Path) -> Iterator[tuple[Path, int]]:
    """The folder and everything below it, links aside: they have no rights of their own."""
    for path in [folder, *folder.rglob("*")]:
        if not path.is_symlink():
            yield path, stat.S_IMODE(path.stat().st_mode)


def open_to_others(home: Path) -> list[str]:
    """What others than the owner can read, write or enter, with its mode."""
    return [f"{mode:03o} {path.relative_to(home)}" for path, mode in modes(home) if mode & _OTHERS]


def wider_than_agreed(published: Path) -> list[str]:
    found = []
    for path, mode in modes(published):
        most = _PUBLISHED_FOLDER if path.is_dir() else _PUBLISHED_FILE
        if mode & ~(_POINTER if path.name == "CURRENT" else most):
            found.append(f"{mode:03o} {path.relative_to(published.parent)}")
    return found


def test_a_refreshed_home_is_its_owners_but_for_what_is_published(refreshed: Installation) -> None:
    opened = [name for name in open_to_others(refreshed.home) if not name[4:].startswith("publis")]
    assert opened == []
    assert wider_than_agreed(refreshed.home / "published") == []
    group = refreshed.database.stat().st_mode & stat.S_IRGRP
    assert group, "the group must be able to read the published file"


def test_what_lands_is_its_owners_whoever_starts_the_run(tmp_path: Path, stage: Stage) -> None:
    drop_ledger(tmp_path, "仁怀市/2024年1-6月.csv", [1, 2, 3], broken=[3])
    assert stage.run("land_openly", str(tmp_path)).code == 0
    home = tmp_path / "home"
    assert {"landing", "vault"} <= {path.name for path in home.iterdir()}
    assert open_to_others(home) == []


def test_what_is_published_is_for_the_group_whoever_starts_the_run(
    tmp_path: Path, stage: Stage
) -> None:
    build_work_file(tmp_path / "work.duckdb", 1)
    assert stage.run("publish_openly", str(tmp_path), "1").code == 0
    assert wider_than_agreed(tmp_path / "published") == []


def test_state_and_secret_are_their_owners_whoever_starts_the_run(tmp_path: Path) -> None:
    settings = Settings(home=tmp_path / "home", connections={})
    before = os.umask(0)
    try:
        prepare_dagster_home(settings)
        load_secret(settings, may_create=True)
    finally:
        os.umask(before)
    assert len(list(settings.home.rglob("*"))) == 3
    assert open_to_others(settings.home) == []
