"""Looking, trying and going back from the command line, where a published version stands."""

from __future__ import annotations

import csv
import json
from pathlib import Path
from typing import Final
from zipfile import ZipFile

import pytest
from installations import Installation

FEED: Final = "county/training_ledgers"
HEADER: Final = ("姓名", "身份证号码", "培训机构", "培训工种", "开班时间", "结业时间", "考核结果")
#: Cells that must never be repeated to whoever tries a file, however wrong they are.
NAME: Final = "样例某某某"
BAD_NUMBER: Final = "529999198002290019"
#: Of Hong Kong and Macao; they carry no check digit.
PERMITS: Final = ("H00030001", "H00030002", "M00030003")
BAD_DATE: Final = "二〇二四年闰月吉日"
BAD_RESULT: Final = "说不清楚"


def ledger(folder: Path, *rows: tuple[str, ...], header: tuple[str, ...] = HEADER) -> Path:
    path = folder / "仁怀市2024年1-6月台账.csv"
    with path.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows([header, *rows])
    return path


@pytest.mark.parametrize("name", ["仁怀市", "仁怀", "520382", "Renhuai"])
def test_a_county_is_asked_for_by_any_of_its_names(refreshed: Installation, name: str) -> None:
    rows = refreshed.rows("scorecard", "--county", name)
    assert rows
    assert {row["area_code"] for row in rows} == {"520382"}


@pytest.mark.parametrize("name", ["酱酒", "白酒", "liquor"])
def test_an_industry_is_asked_for_by_any_of_its_names(refreshed: Installation, name: str) -> None:
    rows = refreshed.rows("scorecard", "--industry", name, "--measure", "0")
    assert {row["industry_code"] for row in rows} == {"liquor"}


def test_several_measures_and_a_period_are_asked_for_together(refreshed: Installation) -> None:
    rows = refreshed.rows("scorecard", "--measure", "5", "--measure", "20", "--period", "2024")
    assert {row["measure_no"] for row in rows} == {"5", "20"}
    assert {row["period_code"] for row in rows} == {"2024"}


def test_the_table_says_sample_data_and_speaks_both_languages(refreshed: Installation) -> None:
    both = refreshed.run("scorecard", "--measure", "0").stdout
    assert "样例数据 / sample data" in both
    assert "累计职业技能培训人次" in both
    english = refreshed.run("scorecard", "--measure", "0", "--lang", "en").stdout
    assert "sample data" in english
    assert "累计" not in english


def test_nothing_was_known_before_anything_was_delivered(refreshed: Installation) -> None:
    rows = refreshed.rows("scorecard", "--as-known", "2022-06-30", "--measure", "0")
    assert {row["status_code"] for row in rows} == {"not_reported"}
    assert {row["numerator"] for row in rows} == {""}
    built = refreshed.home / "work" / "asked"
    assert [path for path in built.rglob("*.duckdb") if path.stat().st_mode & 0o077] == []


@pytest.mark.parametrize("command", ["scorecard", "changes"])
def test_before_anything_is_published_the_next_step_is_told(tmp_path: Path, command: str) -> None:
    told = Installation(tmp_path / "home").run(command)
    assert told.returncode == 2
    assert "skills refresh" in told.stderr


def test_deliveries_are_listed_by_feed_newest_first(refreshed: Installation) -> None:
    rows = refreshed.rows("deliveries", "--feed", "hrss/talent_stock", "--last", "5")
    assert len(rows) == 5
    assert {row["feed"] for row in rows} == {"hrss/talent_stock"}
    assert rows == sorted(rows, key=lambda row: row["delivered_on"], reverse=True)
    unknown = refreshed.run("deliveries", "--feed", "hrss/nothing")
    assert unknown.returncode == 2
    assert "hrss/talent_stock" in unknown.stderr


def test_a_first_version_tells_no_changes_but_what_was_delivered(refreshed: Installation) -> None:
    told = refreshed.run("changes", "--all")
    assert told.returncode == 0
    assert "首个版本，没有可比较的 · First version" in told.stderr
    assert "样例数据 / sample data" in told.stdout
    assert refreshed.query("select count(*) from publication_changes") == [(0,)]
    assert refreshed.query(
        "select count(*) from publication_deliveries where landed_delivery_count = 0"
    ) == [(0,)]


def test_the_same_deliveries_built_again_change_nothing(rebuilt: Installation) -> None:
    before, after = rebuilt.versions
    assert rebuilt.rows("changes", "--all") == []
    assert rebuilt.rows("changes", "--all", "--since", after) == []
    assert rebuilt.query("select distinct version_before from publication_deliveries") == [
        (before,)
    ]
    unknown = rebuilt.run("changes", "--since", "000099-nobody")
    assert unknown.returncode == 2
    assert before in unknown.stderr


def test_workbooks_hold_no_live_formula(refreshed: Installation, tmp_path: Path) -> None:
    for command in (("scorecard", "--all", "--measure", "20"), ("deliveries",), ("changes",)):
        path = tmp_path / f"{command[0]}.xlsx"
        told = refreshed.run(*command, "--format", "xlsx", "--output", str(path))
        assert told.returncode == 0, told.stderr
        with ZipFile(path) as archive:
            parts = {name: archive.read(name) for name in archive.namelist()}
        assert not any(b"<f>" in part or b"<hyperlink" in part for part in parts.values())
        assert not any("externalLink" in name or "vba" in name.lower() for name in parts)


@pytest.mark.parametrize("output_format", ["table", "csv", "json"])
def test_a_bad_ledger_is_answered_row_by_row_and_without_its_values(
    tmp_path: Path, output_format: str
) -> None:
    path = ledger(
        tmp_path,
        (NAME, BAD_NUMBER, "样例技工学校", "白酒酿造工", "2024-03-04", "2024-03-22", "合格"),
        (NAME, PERMITS[0], "样例技工学校", "白酒酿造工", BAD_DATE, "2024-03-22", "合格"),
        (NAME, PERMITS[1], "样例技工学校", "白酒酿造工", "2024-03-04", "2024-03-22", BAD_RESULT),
        (NAME, PERMITS[2], "样例技工学校", "白酒酿造工", "2024-03-04", "2024-03-22", "合格"),
    )
    installation = Installation(tmp_path / "home")
    told = installation.run("check", str(path), "--feed", FEED, "--format", output_format)
    assert told.returncode == 0, told.stderr
    said = told.stdout + told.stderr
    assert "would land 1" in said
    for value in (NAME, BAD_NUMBER, BAD_DATE, BAD_RESULT):
        assert value not in said
    if output_format == "json":
        rows = json.loads(told.stdout)["rows"]
        assert [(row["row_number"], row["column"], row["reason"]) for row in rows] == [
            (2, "身份证号码", "ID_BAD_CHECK_DIGIT"),
            (3, "开班时间", "DATE_UNPARSED"),
            (4, "考核结果", "CODE_UNKNOWN"),
        ]
    assert not installation.home.exists()


def test_a_ledger_without_a_needed_column_is_refused_with_the_next_step(tmp_path: Path) -> None:
    path = ledger(tmp_path, ("a", "b"), header=(HEADER[0], *HEADER[2:]))
    told = Installation(tmp_path / "home").run("check", str(path), "--feed", FEED)
    assert told.returncode == 1
    assert "COLUMN_MISSING" in told.stdout or "身份证号码" in told.stdout


def test_a_rollback_shows_the_earlier_version_until_something_new_comes(
    rebuilt: Installation,
) -> None:
    earlier, later = rebuilt.versions
    assert rebuilt.version == later
    told = rebuilt.run("rollback")
    assert told.returncode == 0, told.stdout
    assert rebuilt.version == earlier
    assert (rebuilt.home / "published" / "CURRENT").read_text("utf-8").strip() == earlier
    unknown = rebuilt.run("rollback", "000099-nobody")
    assert unknown.returncode == 2
    assert later in unknown.stdout
    assert rebuilt.run("rollback", later).returncode == 0
    assert rebuilt.version == later
