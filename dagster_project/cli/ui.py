"""``skills ui``: Dagster's web interface, on loopback only."""

from __future__ import annotations

import os
import sys
from pathlib import Path

from dagster_project.building import prepare_manifest
from dagster_project.dagster_home import prepare_dagster_home
from ingestion.settings import REPOSITORY, Settings


def open_ui(port: int) -> None:
    """Become ``dagster dev``; returns never."""
    settings = Settings()
    prepare_manifest(settings)
    os.chdir(REPOSITORY)
    os.environ["DAGSTER_HOME"] = prepare_dagster_home(settings)
    dagster = str(Path(sys.executable).with_name("dagster"))
    os.execv(  # becomes the program, so that Ctrl-C reaches it and it alone
        dagster,
        [dagster, "dev", "-m", "dagster_project.definitions", "-h", "127.0.0.1", "-p", str(port)],
    )
