"""``skills status``: how measures, areas and units stand, from the published version.

The part that needs attention first speaks for the whole, by a precedence that the seed ``statuses``
holds; how many parts have which status stands beside it.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any, Final

from dagster_project.cli.options import OutputFormat, RollUp, TextLanguage
from dagster_project.cli.output import Cell, Heading, Sheet, write_sheet
from dagster_project.cli.published import OtherReleaseError, opened
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
        with opened(current.database) as connection:
            statuses = named(connection.execute(_STATUSES))
            rows = named(connection.execute(_ROLLUPS, {"kind": by.value}))
    except (NothingPublishedError, OtherReleaseError) as failure:
        people_console(stderr=True).print(str(failure), markup=False)
        return 2
    title = f"技能遵义总览 How it stands · as of {current.facts.as_of}"
    notice = whose_data(is_sample=current.facts.is_sample)
    sheet = (
        _for_people(title, notice, rows, statuses, language)
        if output_format in (OutputFormat.TABLE, OutputFormat.XLSX)
        else sheet_for_programs(title, notice, rows)
    )
    write_sheet(sheet, output_format, output, language)
    return 0


_SHOWN: Final = (
    Heading("rollup_code", "编号", "Code", whole=True),
    Heading("name", "名称", "Name"),
    Heading("status", "状态", "Status", whole=True),
    Heading("part_count", "项数", "Parts", ",d"),
    Heading("parts", "各状态项数", "Parts by status", only_wide=True),
)


def _for_people(
    title: str,
    notice: str,
    rows: list[dict[str, Any]],
    statuses: list[dict[str, Any]],
    language: TextLanguage,
) -> Sheet:
    return Sheet(title, notice, _SHOWN, tuple(_told(row, statuses, language) for row in rows))


def _told(
    row: dict[str, Any], statuses: list[dict[str, Any]], language: TextLanguage
) -> tuple[Cell, ...]:
    """Statuses that no part has are left out."""

    def words(zh: str, en: str) -> str:
        return f"{zh}\n{en}" if language is TextLanguage.ZH and zh != en else en

    name = "name_zh" if language is TextLanguage.ZH else "name_en"
    parts = [
        f"{status[name]} {count:,}"
        for status in statuses
        if (count := row[f"{status['status_code']}_count"])
    ]
    return (
        row["rollup_code"],
        words(row["name_zh"], row["name_en"]),
        words(row["status_name_zh"], row["status_name_en"]),
        row["part_count"],
        " · ".join(parts),
    )
