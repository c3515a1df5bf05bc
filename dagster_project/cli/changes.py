"""``skills changes``: what the published scorecard says otherwise than the version before.

Told from the table that each version carries; against another version, the two files are
compared. Without a filter only rows on which a target binds are shown.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import duckdb
from rich.console import Console
from rich.markup import escape

from dagster_project.cli.names import UnknownNameError, code_of
from dagster_project.cli.options import OutputFormat, TextLanguage
from dagster_project.cli.output import Cell, Heading, Sheet, write_sheet
from dagster_project.cli.scorecard import scope_words
from dagster_project.cli.terminal import people_console
from dagster_project.publishing.changes import compare_versions
from dagster_project.publishing.publication import whose_data
from dagster_project.publishing.versions import (
    NothingPublishedError,
    UnknownVersionError,
    Version,
    published_versions,
    required_version,
)
from ingestion.settings import Settings

Row = dict[str, Any]

#: What a refresh tells; the command tells all.
_SHOWN_LINES: Final = 15
_FIRST: Final = "首个版本，没有可比较的 · First version: there is none before it to compare with."
_SAME: Final = "成绩单没有变化 · The scorecard says the same as version {before}."
_DAYS: Final = (
    "统计截止日由 {before} 变为 {after}，部分变化由此而来 · "
    "Judged as of {after}, before as of {before}: part of this is due to the day."
)

_SHOWN: Final = (
    Heading("change_code", "变化", "Change", whole=True),
    Heading("indicator_id", "编号", "ID", whole=True),
    Heading("indicator", "指标", "Indicator"),
    Heading("scope", "范围", "Scope"),
    Heading("period_code", "期间", "Period", whole=True),
    Heading("indicator_value_before", "原值", "Before", ",.10g"),
    Heading("indicator_value_after", "现值", "Now", ",.10g"),
    Heading("indicator_value_change", "增减", "Difference", "+,.10g", only_wide=True),
    Heading("status_before", "原状态", "Status before"),
    Heading("status_after", "现状态", "Status now"),
)
_KINDS: Final = {"new": ("新增", "new"), "gone": ("消失", "gone"), "changed": ("变化", "changed")}


class NoChangesKnownError(Exception):
    """A version says nothing of changes; the message says why and what to do."""


@dataclass(frozen=True)
class Question:
    """What somebody wants to see of the changes."""

    #: Name of the version to compare with; none means the one before.
    since: str | None = None
    measures: tuple[int, ...] = ()
    #: Names or codes, as people write them.
    industry: str | None = None
    county: str | None = None
    #: Also the rows that no target binds.
    every: bool = False


def answer(
    question: Question, output_format: OutputFormat, output: Path | None, language: TextLanguage
) -> int:
    """Write the changes that were asked for; an exit code."""
    errors = people_console(stderr=True)
    settings = Settings()
    try:
        current = required_version(settings.published)
        before, rows = _known_changes(settings, current, question.since)
        shown = _asked_for(rows, question)
    except (
        NothingPublishedError,
        UnknownNameError,
        UnknownVersionError,
        NoChangesKnownError,
    ) as failure:
        errors.print(str(failure), markup=False)
        return 2
    if before is None:
        errors.print(_FIRST)
    notice = whose_data(is_sample=current.facts.is_sample)
    title = f"变化 Changes · {before or 'nothing'} → {current.name}"
    people = output_format in (OutputFormat.TABLE, OutputFormat.XLSX)
    sheet = _for_people if people else _for_programs
    write_sheet(sheet(title, notice, shown, language), output_format, output, language)
    return 0


def tell_changes(version: Version, console: Console) -> None:
    """The binding rows that changed with this version, one line each, the headline first."""
    before, rows = _told_by(version)
    if before is None:
        console.print(f"{_FIRST}\n")
        return
    if not rows:
        console.print(f"{_SAME.format(before=before)}\n", highlight=False)
        return
    console.print(f"[bold]与版本 {before} 相比 What changed since[/]", highlight=False)
    for words in _days_moved(rows):
        console.print(f"  {words}", highlight=False)
    binding = [row for row in rows if row["is_binding"]]
    for row in binding[:_SHOWN_LINES]:
        console.print(f"  {escape(_line(row))}", highlight=False, soft_wrap=True)
    more, below = max(len(binding) - _SHOWN_LINES, 0), len(rows) - len(binding)
    if more or below:
        console.print(
            f"  [dim]另有有目标的 {more:,} 行、下钻 {below:,} 行 · "
            f"{more:,} more rows with a target and {below:,} drill-downs: skills changes --all[/]",
            highlight=False,
        )
    console.print()


def _told_by(version: Version) -> tuple[str | None, list[Row]]:
    """The version before, and the changes that a version itself tells. Raises NoChangesKnownError.

    Sorted by measure, so that the headline comes first.
    """
    with duckdb.connect(version.database, read_only=True) as connection:
        try:
            before = connection.sql("select any_value(version_before) from publication_deliveries")
            rows = connection.sql("select * from publication_changes")
        except duckdb.CatalogException:
            raise NoChangesKnownError(
                f"version {version.name} was published before changes were told; "
                "compare it with another one: skills changes --since VERSION"
            ) from None
        return before.fetchall()[0][0], rows.to_arrow_table().to_pylist()


def _known_changes(
    settings: Settings, current: Version, since: str | None
) -> tuple[str | None, list[Row]]:
    """What changed since the named version or the one before the current one.

    Raises UnknownVersionError, NoChangesKnownError.
    """
    if since is None:
        return _told_by(current)
    versions = {version.name: version for version in published_versions(settings.published)}
    if since not in versions:
        known = ", ".join(versions)
        raise UnknownVersionError(f"there is no published version {since}; there are: {known}")
    return since, compare_versions(versions[since], current).to_pylist()


def _asked_for(rows: list[Row], question: Question) -> list[Row]:
    """The rows that a question is about. Raises UnknownNameError."""
    area = code_of("area", question.county) if question.county else None
    industry = code_of("industry", question.industry) if question.industry else None
    return [
        row
        for row in rows
        if (not question.measures or row["measure_no"] in question.measures)
        and area in (None, row["area_code"])
        and industry in (None, row["industry_code"])
        and (question.every or area or industry or row["is_binding"])
    ]


def _days_moved(rows: list[Row]) -> list[str]:
    days = {(row["as_of_on_before"], row["as_of_on_after"]) for row in rows}
    return [
        _DAYS.format(before=before, after=after)
        for before, after in days
        if before and after and before != after
    ]


def _line(row: Row) -> str:
    """Such as: H-01 累计培训人次 Person-times · 全市 City · 2025: 12 → 13 (+1), 达标 Met."""
    change = row["indicator_value_change"]
    parts = (
        f"{row['indicator_id']} {row['indicator_name_zh']} {row['indicator_name_en']}",
        scope_words(row, TextLanguage.ZH).replace("\n", " "),
        f"{row['period_code']}: {_number(row['indicator_value_before'])} → "
        f"{_number(row['indicator_value_after'])}{f' ({change:+,.6g})' if change else ''}",
        " → ".join(_statuses(row)),
    )
    return " · ".join(parts)


def _statuses(row: Row) -> list[str]:
    """Before and after, once when it stayed, with a word when the row itself is new or gone."""
    words = [
        f"{row[f'status_name_zh_{when}']} {row[f'status_name_en_{when}']}"
        for when in ("before", "after")
        if row[f"status_code_{when}"]
    ]
    if row["change_code"] != "changed":
        words.insert(0 if row["change_code"] == "new" else 1, " ".join(_KINDS[row["change_code"]]))
    return list(dict.fromkeys(words))


def _number(value: float | None) -> str:
    return "—" if value is None else f"{value:,.10g}"


def _for_programs(title: str, notice: str, rows: list[Row], _: TextLanguage) -> Sheet:
    names = tuple(rows[0]) if rows else ()
    return Sheet(
        title,
        notice,
        tuple(Heading(name, name, name) for name in names),
        tuple(tuple(row.values()) for row in rows),
    )


def _for_people(title: str, notice: str, rows: list[Row], language: TextLanguage) -> Sheet:
    return Sheet(title, notice, _SHOWN, tuple(_person_row(row, language) for row in rows))


def _person_row(row: Row, language: TextLanguage) -> tuple[Cell, ...]:
    both = language is TextLanguage.ZH

    def named(name: str, end: str = "") -> str | None:
        english: str | None = row[f"{name}_en{end}"]
        return f"{row[f'{name}_zh{end}']}\n{english}" if both and english else english

    return (
        "\n".join(_KINDS[row["change_code"]]) if both else row["change_code"],
        row["indicator_id"],
        named("indicator_name"),
        scope_words(row, language),
        row["period_code"],
        *(
            None if row[name] is None else round(row[name], 4)
            for name in (
                "indicator_value_before",
                "indicator_value_after",
                "indicator_value_change",
            )
        ),
        named("status_name", "_before"),
        named("status_name", "_after"),
    )
