"""Does another city, with other areas, industries and targets, need anything but other seeds?

A copy of the repository gets the seeds in ``second_city``; models, contracts and code stay. Its
counties send ledgers, and its scorecard must say what is in them.
"""

from __future__ import annotations

import csv
import shutil
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Final

import pytest
from installations import Installation, copied_repository
from invented_people import resident_id

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("second city")]

SEEDS: Final = Path(__file__).with_name("second_city")
INVENTED: Final = "only for these tests, invented, 0123456789"
LEDGERS: Final = "county/training_ledgers"
HEADER: Final = ("姓名", "身份证号码", "培训机构", "培训工种", "开班时间", "结业时间", "考核结果")
#: Of each county: person, occupation, result.
TRAINED: Final = {
    "样例东区": ((1, "陶瓷工", "合格"), (2, "制陶", "合格"), (3, "陶瓷工", "合格"),
             (4, "陶瓷工", "不合格")),
    "样例西县": ((5, "水产养殖工", "合格"), (6, "养鱼", "合格"), (7, "中式烹调师", "合格")),
}  # fmt: skip
BORN: Final = "19820519"


@dataclass(frozen=True)
class City:
    """The other city's home, and its copy of the repository."""

    installation: Installation
    repository: Path

    def skills(self, *arguments: str) -> str:
        """``skills`` of the copy; what it printed."""
        done = self.installation.run_from(self.repository, *arguments)
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout


@pytest.fixture(scope="module")
def city(tmp_path_factory: pytest.TempPathFactory) -> City:
    """Refreshed at the end of 2024, half-way through its plan."""
    folder = tmp_path_factory.mktemp("second")
    repository = copied_repository(folder / "repository")
    for seed in SEEDS.glob("*.csv"):
        (replaced,) = (repository / "seeds").rglob(seed.name)
        shutil.copy(seed, replaced)
    for county, lines in TRAINED.items():
        ledger = folder / "drop" / LEDGERS / county / "2024年1-12月台账.csv"
        ledger.parent.mkdir(parents=True)
        with ledger.open("w", encoding="gb18030", newline="") as file:
            writer = csv.writer(file)
            writer.writerow(HEADER)
            for number, occupation, result in lines:
                days = ("2024-05-06", "2024-05-24")
                who = (f"样例{number}", resident_id(number, born=BORN))
                writer.writerow((*who, "样例陶瓷技工学校", occupation, *days, result))
    variables = {"SKILLS_DROP": str(folder / "drop"), "SKILLS_SECRET": INVENTED}
    found = City(Installation(folder / "home", variables), repository)
    found.skills("refresh", "--as-of", "2024-12-31")
    return found


def test_its_targets_are_judged_by_its_own_plan(city: City) -> None:
    """Five of ten were due by half-time, and the plan has 731 days, of which 366 are over."""
    judged = city.installation.query(
        """
        select indicator_id, period_code, area_code, industry_code, numerator, target_value,
            status_code
        from kpis.kpi_scorecard
        where is_binding and measure_no = 0
        order by indicator_id
        """
    )
    assert judged == [
        ("H-01", "2024-2025", "529900", "all", 6, 10, "on_track"),
        ("H-02-fishery", "2024-2025", "529900", "fishery", 2, 2, "met"),
        ("H-02-pottery", "2024-2025", "529900", "pottery", 3, 6, "behind"),
    ]


def test_its_counties_and_industries_have_their_own_assignments(city: City) -> None:
    pairs = city.installation.query(
        """
        select area_name_zh, industry_name_zh, numerator, status_code
        from kpis.kpi_scorecard
        where indicator_id = 'M05-2' and period_code = '2024'
        order by area_code
        """
    )
    assert pairs == [
        ("样例东区", "陶瓷", 3, "monitored"),
        ("样例西县", "渔业", 2, "monitored"),
        # Of the county that sent nothing, nothing is known.
        ("样例南县", "木雕", None, "not_reported"),
    ]
    whole = city.installation.query(
        """
        select numerator, denominator, status_code
        from kpis.kpi_scorecard
        where indicator_id = 'M05-1' and period_code = '2024' and is_binding
        """
    )
    assert whole == [(2, 3, "not_met")]


def test_its_statistical_months_begin_on_the_21st_and_its_years_do_not(city: City) -> None:
    """All its trainings ended on 24 May."""
    counted = city.installation.query(
        """
        select period_code, starts_on, ends_on, numerator
        from kpis.kpi_scorecard
        where indicator_id = 'H-01' and period_kind = 'month' and scope_kind = 'city'
            and numerator > 0
        """
    )
    assert counted == [("2024-06", date(2024, 5, 21), date(2024, 6, 20), 6)]
    rows = city.skills("explain", "H-01", "--period", "2024-06", "--format", "csv")
    assert rows.count("2024年1-12月台账.csv") == 6
    years = city.installation.query(
        "select starts_on, ends_on from marts.dim_periods where period_kind = 'year' order by all"
    )
    assert years[0] == (date(2024, 1, 1), date(2024, 12, 31))


def test_nothing_of_the_first_city_is_left(city: City) -> None:
    for table, column in (("kpis.kpi_scorecard", "area_code"), ("marts.dim_areas", "area_code")):
        found = city.installation.query(
            f"select distinct {column} from {table} where {column} like '5203%'"
        )
        assert found == []
    plans = city.installation.query("select distinct plan_id from kpis.kpi_scorecard")
    assert plans == [("sample-2024",)]


def test_the_commands_speak_of_its_places(city: City) -> None:
    assert "样例西县" in city.skills("scorecard", "--county", "样例西县", "--all")
    assert "样府发〔2024〕1号 s1 “陶瓷6人次”" in city.skills("explain", "H-02-pottery")
    rows = city.skills("explain", "H-02-pottery", "--format", "csv")
    assert rows.count("样例东区/2024年1-12月台账.csv") == 3
