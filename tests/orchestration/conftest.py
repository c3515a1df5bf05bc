"""An installation of its own for every test, and one that is refreshed once for all that look."""

from __future__ import annotations

import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

SKILLS = Path(sys.executable).with_name("skills")
#: Small, and still with every kind of feed and fault.
FACTOR = "0.02"


@pytest.fixture(autouse=True)
def clean_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """No setting of the person who runs the tests reaches them."""
    for name in list(os.environ):
        if name.startswith(("SKILLS_", "DBT_", "DAGSTER_")):
            monkeypatch.delenv(name)


@dataclass(frozen=True)
class Installation:
    """A home, and the command line on it."""

    home: Path
    variables: dict[str, str]

    @property
    def environment(self) -> dict[str, str]:
        kept = {
            name: value
            for name, value in os.environ.items()
            if not name.startswith(("SKILLS_", "DBT_", "DAGSTER_"))
        }
        return {**kept, "SKILLS_HOME": str(self.home), "COLUMNS": "160", **self.variables}

    def run(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        """``skills`` with these arguments, to its end."""
        return subprocess.run(
            [str(SKILLS), *arguments],
            env=self.environment,
            capture_output=True,
            text=True,
            timeout=300,
            check=False,
        )


@pytest.fixture(scope="session")
def refreshed(tmp_path_factory: pytest.TempPathFactory) -> Installation:
    """A home of the sample after its first refresh."""
    installation = Installation(
        tmp_path_factory.mktemp("home") / "skills", {"SKILLS_SAMPLE_FACTOR": FACTOR}
    )
    first = installation.run("refresh")
    assert first.returncode == 0, first.stdout + first.stderr
    (installation.home / "first_output.txt").write_text(first.stdout, encoding="utf-8")
    return installation
