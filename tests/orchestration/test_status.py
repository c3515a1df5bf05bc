"""Do roll-ups say of a measure, a county or a department what its rows of the scorecard say?"""

from __future__ import annotations

import csv
import io
from collections import Counter, defaultdict
from datetime import date
from pathlib import Path
from typing import Any, Final

import duckdb
import pytest
from installations import Installation

#: Questions that are asked of what is published.
QUESTIONS: Final = (("status",), ("scorecard",), ("explain", "H-01"))
ROOT: Final = Path(__file__).parents[2]
KINDS: Final = ("plan", "measure", "indicator", "area", "unit", "responsible_department")
#: What tells the targets of one scorecard apart, over all periods of a kind.
TARGET: Final = (
    *("plan_id", "indicator_id", "period_kind", "scope_kind"),
    *("area_code", "industry_code", "unit_code", "item_code"),
)

pytestmark = pytest.mark.xdist_group("refreshed")


def seed(name: str) -> list[dict[str, str]]:
    text = (ROOT / "seeds" / name).read_text(encoding="utf-8")
    return list(csv.DictReader(io.StringIO(text)))


def last(rows: list[dict[str, Any]], as_of: date) -> dict[str, Any]:
    """The row that speaks for one target: told or over, if there is one; else begun, else next."""
    begun = [row for row in rows if row["starts_on"] <= as_of]
    speaking = [
        row for row in begun if row["status_code"] != "not_reported" or row["ends_on"] <= as_of
    ]
    if speaking or begun:
        return max(speaking or begun, key=lambda row: row["starts_on"])
    return min(rows, key=lambda row: row["starts_on"])


def spoken(home: Installation) -> list[dict[str, Any]]:
    names = (*TARGET, "measure_no", "starts_on", "ends_on", "as_of_on", "status_code")
    found = home.query(f"select {', '.join(names)} from kpis.kpi_scorecard where is_binding")
    targets: defaultdict[tuple[object, ...], list[dict[str, Any]]] = defaultdict(list)
    for values in found:
        row = dict(zip(names, values, strict=True))
        targets[tuple(row[name] for name in TARGET)].append(row)
    return [last(rows, rows[0]["as_of_on"]) for rows in targets.values()]


@pytest.mark.parametrize("kind", KINDS)
def test_the_parts_are_those_of_the_scorecard_and_the_first_speaks(
    refreshed: Installation, kind: str
) -> None:
    owners: defaultdict[tuple[str, int], list[str]] = defaultdict(list)
    for unit in seed("plan/responsible_units.csv"):
        owners[unit["plan_id"], int(unit["measure_no"])].append(unit["department_code"])
    areas = {row["area_code"] for row in seed("reference/areas.csv") if row["area_type"] != "city"}
    codes = {
        "plan": lambda row: [row["plan_id"]],
        "measure": lambda row: [str(row["measure_no"])],
        "indicator": lambda row: [row["indicator_id"]],
        "area": lambda row: [row["area_code"]] if row["area_code"] in areas else [],
        "unit": lambda row: [row["unit_code"]] if row["unit_code"] not in ("all", "none") else [],
        "responsible_department": lambda row: owners[row["plan_id"], row["measure_no"]],
    }[kind]
    parts: defaultdict[tuple[str, str], Counter[str]] = defaultdict(Counter)
    for row in spoken(refreshed):
        for code in codes(row):
            parts[row["plan_id"], code][row["status_code"]] += 1
    rank = {row["status_code"]: int(row["precedence"]) for row in seed("rules/statuses.csv")}
    assert parts
    told = refreshed.rows("status", "--by", kind)
    assert {
        (row["plan_id"], row["rollup_code"]): Counter(
            {
                status: int(row[f"{status}_count"])
                for status in rank
                if row[f"{status}_count"] != "0"
            }
        )
        for row in told
    } == parts
    first = {key: min(found, key=rank.__getitem__) for key, found in parts.items()}
    assert {(row["plan_id"], row["rollup_code"]): row["status_code"] for row in told} == first


def test_a_person_reads_it_in_chinese_with_english_beside(refreshed: Installation) -> None:
    told = refreshed.run("status", "--by", "area").stdout
    assert "仁怀市" in told
    assert "样例数据" in told
    assert "How it stands" in told


def test_nothing_published_is_said_to_be_so(tmp_path: Path) -> None:
    told = Installation(tmp_path / "home").run("status")
    assert told.returncode == 2
    assert "skills refresh" in told.stderr


def test_a_version_of_another_release_asks_for_a_refresh(
    refreshed: Installation, tmp_path: Path
) -> None:
    older = refreshed.copied(tmp_path / "older")
    with duckdb.connect(older.database) as connection:
        connection.execute("drop schema kpis cascade")
    for question in QUESTIONS:
        told = older.run(*question)
        assert told.returncode == 2, question
        assert "another release of this software: skills refresh" in told.stderr
