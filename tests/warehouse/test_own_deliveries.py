"""A folder of one's own in place of the sample: a few ledgers by hand, one of them broken.

What the counties put here is small enough to be counted by hand; nobody else delivers.
"""

from __future__ import annotations

import csv
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import openpyxl
import pytest
from installations import Installation
from invented_people import resident_id

from ingestion.contract import ApiSource, DatabaseSource, load_contracts

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("own deliveries")]

INVENTED: Final = "only for these tests, invented, 0123456789"
LEDGERS: Final = "county/training_ledgers"
SYSTEM_FEEDS: Final = {
    name
    for name, contract in load_contracts().items()
    if isinstance(contract.source, ApiSource | DatabaseSource)
}
HEADER: Final = ("姓名", "身份证号码", "培训机构", "培训工种", "开班时间", "结业时间", "考核结果")


def line(sequence: int, occupation: str, result: str, *, is_right: bool = True) -> tuple[str, ...]:
    number = resident_id(sequence, is_right=is_right)
    school = "样例立业技工学校"
    return f"样例{sequence}", number, school, occupation, "2024-03-04", "2024-03-22", result


def write_drop(folder: Path) -> None:
    """Four times liquor, one of it with a wrong number; twice tea, one of it not completed."""
    renhuai = folder / LEDGERS / "仁怀市" / "2024年1-6月台账.csv"
    renhuai.parent.mkdir(parents=True)
    with renhuai.open("w", encoding="gb18030", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(HEADER)
        writer.writerows(line(number, "白酒酿造工", "合格") for number in (1, 2, 3))
        writer.writerow(line(4, "白酒酿造工", "合格", is_right=False))

    meitan = folder / LEDGERS / "湄潭县" / "台账.xlsx"
    meitan.parent.mkdir()
    workbook = openpyxl.Workbook()
    page = workbook.active
    assert page is not None
    page.append(("湄潭县2024年1-6月职业技能培训台账",))
    page.append(("填报单位：湄潭县",))
    page.append(HEADER)
    page.append(line(5, "茶艺师", "合格"))
    page.append(line(6, "茶艺师", "不合格"))
    page.append(("合计", "2人"))
    workbook.save(meitan)

    broken = folder / LEDGERS / "赤水市" / "2024年1-6月台账.xlsx"
    broken.parent.mkdir()
    broken.write_bytes(meitan.read_bytes()[:2000])
    (folder / "请先读我.txt").write_text("?", encoding="utf-8")


@dataclass(frozen=True)
class Own:
    installation: Installation
    drop: Path
    before: list[tuple[str, int, int]]
    refresh: subprocess.CompletedProcess[str]


def state_of(folder: Path) -> list[tuple[str, int, int]]:
    return sorted(
        (str(path), path.stat().st_size, path.stat().st_mtime_ns) for path in folder.rglob("*")
    )


@pytest.fixture(scope="module")
def own(tmp_path_factory: pytest.TempPathFactory, project: Path) -> Own:
    """A refresh of a folder of ledgers, at the end of 2024."""
    folder = tmp_path_factory.mktemp("own")
    drop = folder / "drop"
    write_drop(drop)
    before = state_of(drop)
    installation = Installation(
        folder / "home", {"SKILLS_DROP": str(drop), "SKILLS_SECRET": INVENTED}
    ).knowing(project)
    refresh = installation.run("refresh", "--as-of", "2024-12-31")
    assert refresh.returncode == 0, refresh.stdout + refresh.stderr
    return Own(installation, drop, before, refresh)


def test_what_was_delivered_is_counted_and_nothing_else(own: Own) -> None:
    counted = own.installation.query(
        """
        select area_code, industry_code, count(*)
        from marts.fct_trainings
        group by all
        order by all
        """
    )
    assert counted == [("520328", "tea", 1), ("520382", "liquor", 3)]
    headline = own.installation.rows("scorecard", "--measure", "0", "--period", "2023-2025")
    by_city = {row["indicator_id"]: row for row in headline if row["is_binding"] == "True"}
    assert float(by_city["H-01"]["numerator"]) == 4
    assert float(by_city["H-02-liquor"]["numerator"]) == 3
    assert float(by_city["H-02-tea"]["numerator"]) == 1


def test_the_row_with_a_wrong_number_is_pointed_at(own: Own) -> None:
    rejected = own.installation.query(
        "select unit_code, _row_number, column_name, reason_code from marts.fct_rejections"
    )
    assert rejected == [("520382", 5, "person_id_no", "ID_BAD_CHECK_DIGIT")]


def test_a_broken_ledger_and_a_stray_file_are_named_and_stop_nobody(own: Own) -> None:
    refused = own.installation.query(
        """
        select file_name, breach_code
        from marts.fct_deliveries
        where outcome_code = 'refused'
        """
    )
    assert refused == [("赤水市/2024年1-6月台账.xlsx", "FILE_UNREADABLE")]
    assert "FILE_UNREADABLE" in own.refresh.stdout
    assert "请先读我.txt" in own.refresh.stdout


def test_systems_without_an_address_are_reported_as_not_reached(own: Own) -> None:
    unreachable = own.installation.query(
        """
        select feed_id, breach_code
        from marts.fct_deliveries
        where outcome_code = 'unreachable'
        order by feed_id
        """
    )
    assert unreachable == [(feed, "SETTING_MISSING") for feed in sorted(SYSTEM_FEEDS)]
    assert "SKILLS_TRAINING_PLATFORM_URL" in own.refresh.stdout
    assert "SKILLS_CERTIFICATE_SERVICE_URL" in own.refresh.stdout


def test_who_has_not_reported_is_not_zero(own: Own) -> None:
    silent = own.installation.query(
        """
        select distinct status_code, numerator, indicator_value
        from kpis.kpi_scorecard
        where
            is_binding
            and starts_on <= as_of_on
            and (indicator_id in ('H-03', 'H-04') or measure_no in (17, 20))
            and status_code <> 'no_applicable_unit'
        """
    )
    assert silent == [("not_reported", None, None)]


def test_no_simulated_agency_has_any_part_in_it(own: Own) -> None:
    home = own.installation.home
    assert not (home / "sample").exists()
    assert not (home / "secret.key").exists()
    assert "sample data" not in own.refresh.stdout
    assert own.installation.query("select distinct is_sample from main.publication") == [(False,)]
    assert own.installation.query("select distinct is_sample from kpis.kpi_scorecard") == [(False,)]


def test_the_drop_folder_is_left_as_it_was(own: Own) -> None:
    assert state_of(own.drop) == own.before
