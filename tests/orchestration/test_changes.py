"""What a version says beside the one before: rows by key, days, and never more than people read."""

from __future__ import annotations

import io
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

import duckdb
import pytest
from rich.console import Console

from dagster_project.cli.changes import tell_changes
from dagster_project.publishing.changes import changes_since, compare_versions
from dagster_project.publishing.versions import DATABASE_FILE, Facts, Version
from ingestion.contract import load_contracts

NOON: Final = datetime(2025, 7, 1, 12, tzinfo=UTC)
FEEDS: Final = load_contracts()
DEFAULTS: Final[dict[str, Any]] = {
    "indicator_id": "H-01",
    "period_code": "2025",
    "area_code": "520300",
    "industry_code": "all",
    "unit_code": "all",
    "item_code": "all",
    "measure_no": 0,
    "indicator_name_zh": "培训人次",
    "indicator_name_en": "Person-times",
    "is_binding": True,
    "numerator": 10,
    "indicator_value": 10.0,
    "status_code": "on_track",
    "status_name_zh": "进度正常",
    "status_name_en": "On track",
    "as_of_on": "2025-06-30",
}

Rows = list[dict[str, Any]]


def scorecard(path: Path, rows: Rows) -> None:
    """A file with a scorecard; what a row does not say is as always."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.unlink(missing_ok=True)
    columns = [name for name in DEFAULTS if all(row.get(name, "") is not Missing for row in rows)]
    with duckdb.connect(path) as connection:
        connection.execute("create schema kpis; create schema landing; create schema marts")
        connection.execute(
            "create table landing.deliveries "
            "(delivery_id varchar, sequence bigint, feed varchar, outcome varchar)"
        )
        connection.execute(
            "create table landing.batches (delivery_id varchar, sequence bigint, feed varchar, "
            "scope varchar, covers_rank bigint)"
        )
        kinds = {"measure_no": "int", "is_binding": "boolean", "numerator": "decimal(18, 2)"}
        kinds |= {"indicator_value": "double", "as_of_on": "date"}
        described = ", ".join(f"{name} {kinds.get(name, 'varchar')}" for name in columns)
        connection.execute(f"create table kpis.kpi_scorecard ({described})")
        table = connection.table("kpis.kpi_scorecard")
        for row in rows:
            table.insert([(DEFAULTS | row)[name] for name in columns])


class Missing:
    """Stands for a column that a version does not have."""


def version(folder: Path, rows: Rows, *, as_of: str = "2025-06-30") -> Version:
    facts = Facts(
        version=folder.name,
        fingerprint=folder.name,
        as_of=as_of,
        as_known=None,
        is_sample=True,
        published_at=NOON,
        rows={},
        tests_run=1,
    )
    scorecard(folder / DATABASE_FILE, rows)
    return Version(folder.name, folder, facts)


def found(folder: Path, before: Rows, after: Rows) -> list[tuple[Any, ...]]:
    """Kind, area and values of what changed."""
    scorecard(folder / "work.duckdb", after)
    earlier = version(folder / "000001", before)
    rows = changes_since(earlier, folder / "work.duckdb", FEEDS.values()).rows
    names = "change_code", "area_code", "indicator_value_before", "indicator_value_after"
    return [tuple(row[name] for name in names) for row in rows.to_pylist()]


def test_rows_are_new_gone_or_changed_and_the_same_is_not_told(tmp_path: Path) -> None:
    before: Rows = [{"area_code": area} for area in ("a", "b", "c")]
    after: Rows = [{"area_code": "a"}, {"area_code": "b", "indicator_value": 11.0}]
    assert found(tmp_path, before, [*after, {"area_code": "d"}]) == [
        ("changed", "b", 10.0, 11.0),
        ("gone", "c", 10.0, None),
        ("new", "d", None, 10.0),
    ]


@pytest.mark.parametrize("column", ["numerator", "status_code", "indicator_value"])
def test_a_change_of_any_part_that_counts_is_told(tmp_path: Path, column: str) -> None:
    value = "behind" if column == "status_code" else 12
    assert len(found(tmp_path, [{}], [{column: value}])) == 1


def test_missing_is_not_zero(tmp_path: Path) -> None:
    silent: Rows = [{"indicator_value": None, "numerator": None, "status_code": "not_reported"}]
    zero: Rows = [{"indicator_value": 0.0, "numerator": 0, "status_code": "off_track"}]
    scorecard(tmp_path / "work.duckdb", zero)
    earlier = version(tmp_path / "000001", silent)
    (row,) = changes_since(earlier, tmp_path / "work.duckdb", FEEDS.values()).rows.to_pylist()
    assert (row["indicator_value_before"], row["indicator_value_after"]) == (None, 0.0)
    assert row["indicator_value_change"] is None


def test_an_older_scorecard_without_some_column_is_still_compared(tmp_path: Path) -> None:
    assert found(tmp_path, [{"measure_no": Missing}], [{}]) == []


def test_a_damaged_version_before_stops_no_publication(tmp_path: Path) -> None:
    earlier = version(tmp_path / "000001", [{}])
    earlier.database.write_bytes(b"no database at all" * 1000)
    scorecard(tmp_path / "work.duckdb", [{}])
    changes = changes_since(earlier, tmp_path / "work.duckdb", FEEDS.values())
    assert changes.before is None
    assert changes.rows.num_rows == 0


def published(folder: Path, before: Version | None, rows: Rows) -> Version:
    """A version that carries what changed."""
    after = version(folder, rows)
    scorecard(folder / "work.duckdb", rows)
    changes = changes_since(before, folder / "work.duckdb", FEEDS.values())
    with duckdb.connect(after.database) as connection:
        for name, table in changes.tables().items():
            connection.register("content", table)
            connection.execute(f"create table main.{name} as from content")
    return after


def told(after: Version) -> list[str]:
    text = io.StringIO()
    tell_changes(after, Console(file=text, width=200))
    return [line.strip() for line in text.getvalue().splitlines() if line.strip()]


def test_a_refresh_tells_at_most_fifteen_rows_with_a_target_and_counts_the_rest(
    tmp_path: Path,
) -> None:
    areas = [f"a{number:02d}" for number in range(20)]
    before: Rows = [{"area_code": area} for area in areas]
    after: Rows = [{"area_code": area, "indicator_value": 11.0} for area in areas]
    drill = {"area_code": "b", "is_binding": False}
    first = version(tmp_path / "000001", [*before, drill])
    second = published(tmp_path / "000002", first, [*after, drill | {"indicator_value": 9.0}])
    title, *lines, rest = told(second)
    assert "000001" in title
    assert len(lines) == 15
    assert lines[0] == "H-01 培训人次 Person-times · a00 · 2025: 10 → 11 (+1) · 进度正常 On track"
    assert "5 more rows with a target and 1 drill-downs" in rest


def test_a_refresh_says_that_another_day_has_a_part_in_it(tmp_path: Path) -> None:
    first = version(tmp_path / "000001", [{}], as_of="2025-06-30")
    later = {"as_of_on": "2025-07-31", "indicator_value": 11.0}
    lines = told(published(tmp_path / "000002", first, [later]))
    assert "Judged as of 2025-07-31, before as of 2025-06-30: part of this is due" in lines[1]


def test_a_refresh_says_when_the_scorecard_is_the_same_and_when_it_is_the_first(
    tmp_path: Path,
) -> None:
    first = published(tmp_path / "000001", None, [{}])
    (line,) = told(first)
    assert "First version" in line
    (line,) = told(published(tmp_path / "000002", first, [{}]))
    assert "says the same as version 000001" in line
    assert compare_versions(first, first).num_rows == 0
