"""``skills scorecard``: targets, values and statuses, from the published version.

For other dates than the published ones the models are built privately first. Without a filter only
rows on which a target binds are shown; a county or an industry shows the rows of its own.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any, Final

import duckdb

from dagster_project.asking import scorecard_database
from dagster_project.cli.names import UnknownNameError, code_of
from dagster_project.cli.options import OutputFormat, TextLanguage
from dagster_project.cli.output import Cell, Heading, Sheet, write_sheet
from dagster_project.cli.published import OtherReleaseError, opened
from dagster_project.cli.terminal import TerminalProgress, people_console
from dagster_project.dbt_runs import DbtError
from dagster_project.publishing.publication import whose_data
from dagster_project.publishing.versions import Facts, NothingPublishedError, required_version
from ingestion.places import city_code
from ingestion.settings import Settings


@dataclass(frozen=True)
class Question:
    """What somebody wants to see of the scorecard."""

    measures: tuple[int, ...] = ()
    #: Names or codes, as people write them.
    industry: str | None = None
    county: str | None = None
    period: str | None = None
    #: Also the rows that no target binds.
    every: bool = False
    as_of: date | None = None
    as_known: date | None = None


_SCORECARD: Final = """
    select *
    from kpis.kpi_scorecard
    where
        (len($measures) = 0 or list_contains($measures, measure_no))
        and ($industry is null or industry_code = $industry)
        and ($county is null or area_code = $county)
        and ($period is null or period_code = $period)
        and (
            $every
            or is_binding
            or $period is not null
            or (
                ($industry is not null or $county is not null)
                and period_kind in ('cumulative', 'end', 'year')
                and ($industry is not null or industry_code in ('all', 'none'))
                and ($county is not null or area_code = $city)
            )
        )
    order by
        measure_no, indicator_id, ends_on, starts_on, area_code, industry_code, unit_code, item_code
"""

#: What people see, in this order; programs get every column.
_SHOWN: Final = (
    Heading("indicator_id", "编号", "ID", whole=True),
    Heading("indicator", "指标", "Indicator"),
    Heading("scope", "范围", "Scope"),
    Heading("period_code", "期间", "Period", whole=True),
    Heading("indicator_value", "完成值", "Value", ",.10g"),
    Heading("target_value", "目标值", "Target", ",.10g"),
    Heading("due_value", "应达进度", "Due by now", ",.0f", only_wide=True),
    Heading("gap_value", "差距", "Gap", "+,.10g", only_wide=True),
    Heading("status", "状态", "Status", whole=True),
)


def answer(
    question: Question, output_format: OutputFormat, output: Path | None, language: TextLanguage
) -> int:
    """Write the scorecard that was asked for; an exit code."""
    errors = people_console(stderr=True)
    settings = Settings()
    progress = TerminalProgress(errors)
    try:
        current = required_version(settings.published)
        with progress.shown():
            database = scorecard_database(
                settings,
                current,
                as_of=question.as_of,
                as_known=question.as_known,
                now=datetime.now(UTC),
                progress=progress,
            )
        rows = scorecard_rows(database, question)
    except (NothingPublishedError, OtherReleaseError, UnknownNameError, DbtError) as failure:
        errors.print(str(failure), markup=False)
        return 2
    title = (
        f"技能遵义成绩单 Scorecard · as of {rows[0]['as_of_on'] if rows else current.facts.as_of}"
        + (f" · as known on {question.as_known}" if question.as_known else "")
    )
    notice = whose_data(is_sample=current.facts.is_sample)
    write_sheet(
        _for_people(title, notice, rows, language)
        if output_format in (OutputFormat.TABLE, OutputFormat.XLSX)
        else sheet_for_programs(title, notice, rows),
        output_format,
        output,
        language,
    )
    return 0


def scorecard_rows(database: Path, question: Question) -> list[dict[str, Any]]:
    """The rows of a scorecard that answer the question.

    Raises UnknownNameError and OtherReleaseError.
    """
    parameters = {
        "measures": list(question.measures),
        "industry": code_of("industry", question.industry) if question.industry else None,
        "county": code_of("area", question.county) if question.county else None,
        "period": question.period,
        "every": question.every,
        "city": city_code(),
    }
    with opened(database) as connection:
        return named(connection.execute(_SCORECARD, parameters))


def named(found: duckdb.DuckDBPyConnection) -> list[dict[str, Any]]:
    """Rows of an executed query, by column name."""
    names = [column[0] for column in found.description or ()]
    return [dict(zip(names, row, strict=True)) for row in found.fetchall()]


def headline_sheet(facts: Facts, database: Path) -> Sheet:
    """The targets of the plan's first section, as they stand in that database."""
    rows = scorecard_rows(database, Question(measures=(0,)))
    notice = whose_data(is_sample=facts.is_sample)
    title = f"技能遵义总体目标 Headline targets · as of {facts.as_of}"
    return _for_people(title, notice, rows, TextLanguage.ZH)


def sheet_for_programs(title: str, notice: str, rows: list[dict[str, Any]]) -> Sheet:
    """Every column under its own name."""
    names = tuple(rows[0]) if rows else ()
    return Sheet(
        title,
        notice,
        tuple(Heading(name, name, name) for name in names),
        tuple(tuple(row.values()) for row in rows),
    )


def _for_people(
    title: str, notice: str, rows: list[dict[str, Any]], language: TextLanguage
) -> Sheet:
    return Sheet(title, notice, _SHOWN, tuple(_person_row(row, language) for row in rows))


def _person_row(row: dict[str, Any], language: TextLanguage) -> tuple[Cell, ...]:
    both = language is TextLanguage.ZH
    return (
        row["indicator_id"],
        f"{row['indicator_name_zh']}\n{row['indicator_name_en']}"
        if both
        else row["indicator_name_en"],
        scope_words(row, language),
        row["period_code"],
        _rounded(row["indicator_value"]),
        _rounded(row["target_value"]),
        row["due_value"],
        _rounded(row["gap_value"]),
        f"{row['status_name_zh']}\n{row['status_name_en']}" if both else row["status_name_en"],
    )


def scope_words(row: Mapping[str, Any], language: TextLanguage) -> str:
    """What a row of the scorecard is about: places, industries, those who answer, parts."""
    both = language is TextLanguage.ZH
    parts = [
        row[f"{part}_name_{'zh' if both else 'en'}"] or row[code]
        for part, code in _SCOPE_PARTS
        if row[code] not in ("all", "none", city_code())
    ]
    return " · ".join(parts) or ("全市\nCity" if both else "City")


def _rounded(value: float | None) -> float | None:
    """Shares to a hundredth of a percent, for people; programs get every digit."""
    return None if value is None else round(value, 4)


_SCOPE_PARTS: Final = (
    ("area", "area_code"),
    ("industry", "industry_code"),
    ("responsible", "unit_code"),
    ("item", "item_code"),
)
