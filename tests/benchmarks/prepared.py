"""What stands ready before the floor, plain dbt and the headline are timed.

A work file with the sources of a home and the seeds loaded, beside one with the sources alone, and
dbt's manifest with the compiled SQL of everything. Run by the benchmark as ``prepared.py FOLDER``
with the home in the environment; making it is part of no figure.
"""

from __future__ import annotations

import shutil
import sys
from datetime import UTC, datetime
from pathlib import Path

import duckdb

from dagster_project.building import planned_build
from dagster_project.dbt_runs import Workplace, run_dbt
from ingestion.export import export_sources
from ingestion.settings import Settings


def prepare(folder: Path) -> None:
    """Make ``sources/work.duckdb``, ``seeded/work.duckdb`` and ``target/manifest.json``.

    Every file has the same name, because compiled SQL names the database after it.
    """
    settings = Settings()
    place = Workplace(folder / "seeded" / "work.duckdb", folder / "target")
    build = planned_build(settings, datetime.now(UTC))
    place.database.parent.mkdir(parents=True)
    with duckdb.connect(place.database) as connection:
        export_sources(settings, connection, as_of=build.as_of)
    (folder / "sources").mkdir(exist_ok=True)
    shutil.copyfile(place.database, folder / "sources" / "work.duckdb")
    run_dbt(["seed"], place)
    run_dbt(["compile"], place)


if __name__ == "__main__":
    prepare(Path(sys.argv[1]))
