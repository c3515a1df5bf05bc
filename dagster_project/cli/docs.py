"""``skills docs``: every model, column and test on one page."""

from __future__ import annotations

import shutil

from dagster_project.cli.terminal import people_console
from dagster_project.dbt_runs import DbtError, run_dbt, workplace
from ingestion.settings import Settings, keep_private


def write_docs() -> int:
    """Write ``<home>/docs/index.html``; an exit code."""
    keep_private()
    console = people_console()
    settings = Settings()
    place = workplace(settings)
    catalogue = [] if place.database.exists() else ["--empty-catalog"]
    try:
        run_dbt(["docs", "generate", "--static", *catalogue], place)
    except DbtError as failure:
        console.print(str(failure), style="red", markup=False, highlight=False)
        return 1
    page = settings.home / "docs" / "index.html"
    page.parent.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(place.target / "static_index.html", page)
    console.print(f"文档 Documentation: {page}")
    return 0
