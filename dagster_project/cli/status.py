"""``skills status``: how measures, areas and units stand, from the published version.

The part that needs attention first speaks for the whole, by a precedence that the seed ``statuses``
holds; how many parts have which status stands beside it.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any, Final

import duckdb

from dagster_project.cli.options import OutputFormat, RollUp, TextLanguage
from dagster_project.cli.output import Cell, Heading, Sheet, write_sheet
from dagster_project.cli.scorecard import named, sheet_for_programs
from dagster_project.cli.terminal import people_console
from dagster_project.publishing.publication import whose_data
from dagster_project.publishing.versions import NothingPublishedError, required_version
from ingestion.settings import Settings

_ROLLUPS: Final = """
    select rollups.*
    from kpis.kpi_rollups as rollups
    inner join marts.dim_statuses as statuses using (status_code)
    where rollups.rollup_kind = $kind
    order by
        rollups.plan_id desc,
        try_cast(rollups.rollup_code as integer),
        case when rollups.rollup_kind not in ('measure', 'indicator') then statuses.precedence end,
        rollups.rollup_code
"""
#: The statuses that parts may have, in the order of their precedence.
_STATUSES: Final = """
    select status_code, name_zh, name_en from marts.dim_statuses order by precedence
"""


def show_status(
    by: RollUp, output_format: OutputFormat, output: Path | None, language: TextLanguage
) -> int:
    """Write how everything of one kind stands; an exit code."""
    try:
        current = required_version(Settings().published)
    except NothingPublishedError as failure:
        people_console(stderr=True).print(str(failure), markup=False)
        return 2
    with duckdb.connect(current.database, read_only=True) as connection:
        statuses = named(connection.execute(_STATUSES))
        rows = named(connection.execute(_ROLLUPS, {"kind": by.value}))
    title = f"技能遵义总览 How it stands · as of {current.facts.as_of}"
    notice = whose_data(is_sample=current.facts.is_sample)
    sheet = (
        _for_people(title, notice, rows, statuses, language)
        if output_format in (OutputFormat.TABLE, OutputFormat.XLSX)
        else sheet_for_programs(title, notice, rows)
    )
    write_sheet(sheet, output_format, output, language)
    return 0


def _for_people(
    title: str,
    notice: str,
    rows: list[dict[str, Any]],
    statuses: list[dict[str, Any]],
    language: TextLanguage,
) -> Sheet:
    headings = (
        Heading("plan_id", "规划", "Plan", only_wide=True),
        Heading("rollup_code", "编号", "Code", whole=True),
        Heading("name", "名称", "Name"),
        Heading("status_name", "状态", "Status", whole=True),
        Heading("part_count", "项数", "Parts", ",d"),
        *(
            Heading(f"{code}_count", zh, en, ",d", only_wide=True)
            for code, zh, en in (tuple(status.values()) for status in statuses)
        ),
    )
    return Sheet(title, notice, headings, tuple(_told(row, headings, language) for row in rows))


def _told(
    row: dict[str, Any], headings: tuple[Heading, ...], language: TextLanguage
) -> tuple[Cell, ...]:
    def words(name: str) -> str:
        zh, en = row[f"{name}_zh"], row[f"{name}_en"]
        return f"{zh}\n{en}" if language is TextLanguage.ZH and zh != en else en

    told = {**row, **{name: words(name) for name in ("name", "status_name")}}
    return tuple(told[heading.name] for heading in headings)
