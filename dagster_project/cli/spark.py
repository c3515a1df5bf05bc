"""``skills spark``: the whole project on a Spark cluster of this machine, beside what is published.

It shows that the models run on Spark and say the same, table by table and row by row. It publishes
nothing and changes nothing that a refresh reads; the cluster ends with the command. The exit code
is 0 when all was built, every test passed and every table is equal, 1 when not, 2 when it was
refused before it began.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from rich.console import Console

from dagster_project.agencies import HomeError, RefreshRunningError, held_home
from dagster_project.cli.options import TextLanguage
from dagster_project.cli.output import show
from dagster_project.cli.scorecard import headline_sheet
from dagster_project.cli.terminal import TerminalProgress, people_console
from dagster_project.publishing.publication import whose_data
from dagster_project.publishing.versions import NothingPublishedError, required_version
from dagster_project.spark.building import (
    OutdatedVersionError,
    SparkBuild,
    SparkDbtError,
    build_on_spark,
    scorecard_file,
)
from dagster_project.spark.cluster import WORKERS, ClusterError
from dagster_project.spark.comparison import Comparison, compare
from dagster_project.spark.environment import SparkMissingError, find_environment
from ingestion.settings import Settings, keep_private
from ingestion.verification import LandingDamagedError

_SCORECARD: Final = "kpis.kpi_scorecard"
_SHOWN_BROKEN: Final = 40
#: A cluster begins empty: a test that asks a table beside the selection has nothing to ask.
_TESTS_OF_SELECTED: Final = ("--indirect-selection", "cautious")


def show_on_spark(selection: Sequence[str]) -> int:
    """Build, compare and tell; an exit code.

    ``selection`` are models in dbt's words, none means all; of tests, those are asked that need
    nothing else.
    """
    keep_private()
    console = people_console()
    settings = Settings()
    progress = TerminalProgress(console)
    asked = (*_TESTS_OF_SELECTED, *selection) if selection else ()
    try:
        environment = find_environment()
        version = required_version(settings.published)
        console.print(
            f"[bold]技能遵义 · skills spark[/]  {whose_data(is_sample=version.facts.is_sample)}  "
            f"[dim]{settings.home}[/]"
        )
        with held_home(settings), progress.shown():
            build = build_on_spark(settings, version, environment, progress, asked)
            tables = build.tables & version.facts.rows.keys()
            with progress.stage("比对 Comparing with the published tables"):
                compared = compare(version.database, build.warehouse, tables)
    except (
        SparkMissingError,
        NothingPublishedError,
        OutdatedVersionError,
        RefreshRunningError,
        HomeError,
    ) as refusal:
        console.print(str(refusal), style="red", markup=False, highlight=False, soft_wrap=True)
        return 2
    except (ClusterError, SparkDbtError, LandingDamagedError) as failure:
        console.print(str(failure), style="red", markup=False, highlight=False, soft_wrap=True)
        return 1
    if _SCORECARD in tables:
        show(
            headline_sheet(version.facts, scorecard_file(settings, build)), console, TextLanguage.ZH
        )
    _tell_built(build, console)
    _tell_compared(compared, version.name, len(version.facts.rows) - len(tables), console)
    return 0 if not build.broken and all(one.is_equal for one in compared) else 1


def _tell_built(build: SparkBuild, console: Console) -> None:
    words = " · ".join(f"{kind} {count}" for kind, count in sorted(build.done.items()))
    console.print(
        f"\n建成并通过 Built and passed on Spark (a master, {WORKERS} workers): {words}",
        highlight=False,
    )
    for line in build.broken[:_SHOWN_BROKEN]:
        console.print(f"  [red]✗[/] {line}", highlight=False)
    if len(build.broken) > _SHOWN_BROKEN:
        console.print(f"  … 另有 {len(build.broken) - _SHOWN_BROKEN} 项 more")


def _tell_compared(
    compared: Sequence[Comparison], version: str, left_out: int, console: Console
) -> None:
    equal = [one for one in compared if one.is_equal]
    rows = sum(one.rows for one in equal)
    console.print(
        f"与 DuckDB 版本 {version} 比对 Compared with DuckDB's version {version}: "
        f"{len(equal)} of {len(compared)} tables equal, {rows:,} rows"
        + (f"; {left_out} tables were not asked for" if left_out else ""),
        highlight=False,
    )
    for one in compared:
        if not one.is_equal:
            console.print(f"  [red]✗[/] {one}", highlight=False)
