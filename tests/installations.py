"""Installations for tests: a home of their own, and the command line on it as a person uses it."""

from __future__ import annotations

import csv
import io
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import duckdb
import pytest
from filelock import FileLock

from ingestion.settings import REPOSITORY

SKILLS = Path(sys.executable).with_name("skills")
#: Small, and still with every kind of feed and fault.
FACTOR = "0.02"
_OURS = ("SKILLS_", "DBT_", "DAGSTER_")


def surroundings() -> dict[str, str]:
    """The environment without any setting of the person who runs the tests."""
    return {name: value for name, value in os.environ.items() if not name.startswith(_OURS)}


@dataclass(frozen=True)
class Installation:
    """A home, and the command line on it."""

    home: Path
    variables: Mapping[str, str] = field(default_factory=dict)

    @property
    def environment(self) -> dict[str, str]:
        return {
            **surroundings(),
            "SKILLS_HOME": str(self.home),
            "COLUMNS": "160",
            **self.variables,
        }

    @property
    def database(self) -> Path:
        """What readers open."""
        return self.home / "published" / "current.duckdb"

    @property
    def version(self) -> str:
        """The name of the current version."""
        return self.database.readlink().parent.name

    @property
    def versions(self) -> list[str]:
        return sorted(path.name for path in (self.home / "published" / "versions").iterdir())

    @property
    def drop(self) -> Path:
        """Where the sample's agencies put their files."""
        return self.home / "sample" / "drop"

    def run(self, *arguments: str, cwd: Path | None = None) -> subprocess.CompletedProcess[str]:
        """``skills`` with these arguments, to its end."""
        return subprocess.run(
            [str(SKILLS), *arguments],
            env=self.environment,
            cwd=cwd,
            capture_output=True,
            text=True,
            timeout=900,
            check=False,
        )

    def run_from(self, repository: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
        """``skills`` of a copy of the repository, to its end."""
        return subprocess.run(
            [sys.executable, "-c", "from dagster_project.cli import main; main()", *arguments],
            cwd=repository,
            env={**self.environment, "PYTHONPATH": str(repository)},
            capture_output=True,
            text=True,
            timeout=900,
            check=False,
        )

    def rows(self, *arguments: str) -> list[dict[str, str]]:
        """What ``skills`` with these arguments writes as CSV; it must succeed."""
        told = self.run(*arguments, "--format", "csv")
        assert told.returncode == 0, told.stdout + told.stderr
        return list(csv.DictReader(io.StringIO(told.stdout)))

    def query(self, sql: str) -> list[tuple[object, ...]]:
        """Rows of a query on what is published."""
        with duckdb.connect(self.database, read_only=True) as connection:
            found: list[tuple[object, ...]] = connection.execute(sql).fetchall()
        return found

    def truth(self, name: str) -> list[dict[str, str]]:
        """What the simulator says must come out."""
        path = self.home / "sample" / "truth" / f"{name}.csv"
        with path.open(encoding="utf-8", newline="") as file:
            return list(csv.DictReader(file))

    def knowing(self, project: Path) -> Installation:
        """The same, with the project parsed, and seeded, as its last refresh would have left it."""
        shutil.copytree(project, self.home / "work" / "project")
        return self

    def copied(self, into: Path) -> Installation:
        """The same state in another home, to be changed at will."""
        shutil.copytree(self.home, into, symlinks=True)
        return Installation(into, self.variables)


def _seconds_of_children() -> float:
    """Processor time of what this process has started and seen end."""
    return sum(os.times()[2:4])


def copied_repository(into: Path) -> Path:
    """A copy of what a refresh runs, and of nothing else, to be changed at will."""
    for part in ("dagster_project", "dbt_project", "ingestion", "seeds"):
        shutil.copytree(
            REPOSITORY / part, into / part, ignore=shutil.ignore_patterns("__pycache__")
        )
    return into


def made_once(
    tmp_path_factory: pytest.TempPathFactory, name: str, make: Callable[[Path], None]
) -> Path:
    """A folder that the first worker which needs it makes, for all of them; to be copied."""
    shared = tmp_path_factory.getbasetemp()
    if "PYTEST_XDIST_WORKER" in os.environ:
        shared = shared.parent
    folder = shared / f"once-{name}"
    with FileLock(shared / f"once-{name}.lock"):
        if not (folder / ".made").exists():
            shutil.rmtree(folder, ignore_errors=True)
            folder.mkdir(mode=0o700)
            make(folder)
            (folder / ".made").touch()
    return folder


def _refreshed_once(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of the first refresh: its home, and what it said."""

    def make(folder: Path) -> None:
        installation = Installation(folder / "skills", {"SKILLS_SAMPLE_FACTOR": FACTOR})
        before = _seconds_of_children()
        first = installation.run("refresh")
        spent = _seconds_of_children() - before
        assert first.returncode == 0, first.stdout + first.stderr
        (folder / "first_output.txt").write_text(first.stdout, encoding="utf-8")
        (folder / "first_errors.txt").write_text(first.stderr, encoding="utf-8")
        (folder / "first_seconds.txt").write_text(str(spent), encoding="utf-8")

    return made_once(tmp_path_factory, "refreshed", make)


@pytest.fixture(scope="session")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What a home remembers of the dbt project, for homes of tests that are not about that."""
    return _refreshed_once(tmp_path_factory) / "skills" / "work" / "project"


@pytest.fixture(scope="session")
def refreshed(tmp_path_factory: pytest.TempPathFactory) -> Installation:
    """A home of the sample after its first refresh, this worker's own copy."""
    once, own = _refreshed_once(tmp_path_factory), tmp_path_factory.mktemp("refreshed")
    for said in ("first_output.txt", "first_errors.txt", "first_seconds.txt"):
        shutil.copy(once / said, own)
    made = Installation(once / "skills", {"SKILLS_SAMPLE_FACTOR": FACTOR})
    return made.copied(own / "skills")


@pytest.fixture(scope="session")
def rebuilt(refreshed: Installation, tmp_path_factory: pytest.TempPathFactory) -> Installation:
    """The same, refreshed once more by force: two versions of the same deliveries."""

    def make(folder: Path) -> None:
        again = refreshed.copied(folder / "skills")
        forced = again.run("refresh", "--force")
        assert forced.returncode == 0, forced.stdout + forced.stderr
        assert "没有新的报送 · Nothing new was delivered." in forced.stdout

    made = Installation(
        made_once(tmp_path_factory, "rebuilt", make) / "skills", refreshed.variables
    )
    return made.copied(tmp_path_factory.mktemp("rebuilt") / "skills")
