"""Are corrections and withdrawals honoured, repetitions free, and is the difference told?

Counties deliver into a drop folder of their own. First what the kernel decides, delivery by
delivery; then a whole refresh in which every county has one story to tell, and the scorecard and
``skills changes`` must say exactly these.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random
from subprocess import CompletedProcess
from typing import Any, Final

import pytest
from campaign import chosen
from counties import INVENTED, NOW, SETTLED, Counties, Line, ledger, line
from installations import Installation

HOUR: Final = timedelta(hours=1)
BASE: Final = "仁怀市2024年1-6月台账.csv"
ROWS: Final = [line(number, 3) for number in range(1, 7)]


@pytest.fixture
def base(tmp_path: Path) -> Counties:
    """A county has delivered six rows up to June."""
    counties = Counties(tmp_path)
    counties.put(BASE, ledger(ROWS))
    assert counties.outcomes() == {BASE: "landed"}
    return counties


def months(last: int, note: str = "") -> str:
    return f"仁怀市2024年1-{last}月台账{note}.csv"


# --- the same again ---------------------------------------------------------------------------

SAME_AGAIN: Final[dict[str, tuple[str, bytes]]] = {
    "touched": (BASE, ledger(ROWS)),
    "renamed": (months(6, "（终稿）"), ledger(ROWS)),
    "copied to another folder of the county": (f"仁怀市/上报/{BASE}", ledger(ROWS)),
    "saved in another encoding": (months(6, "-1"), ledger(ROWS, encoding="gb18030")),
    "saved with other line ends": (months(6, "-2"), ledger(ROWS, ends="\n")),
    "sorted otherwise": (months(6, "-3"), ledger(reversed(ROWS))),
    "with blank rows": (months(6, "-4"), ledger([*ROWS, ("",) * 7, ("",) * 7])),
}


@pytest.mark.promise("the same rows again change nothing", len(SAME_AGAIN))
@pytest.mark.parametrize(("name", "content"), SAME_AGAIN.values(), ids=SAME_AGAIN)
def test_the_same_rows_again_land_nothing(base: Counties, name: str, content: bytes) -> None:
    batches, rows = base.batches(), base.true_rows()
    base.put(name, content, SETTLED + HOUR)
    assert base.outcomes(NOW + HOUR) == {name: "unchanged"}
    assert base.batches() == batches
    assert base.true_rows() == rows
    assert base.outcomes(NOW + HOUR) == {}, "and it is not opened a third time"


# --- corrections in any order -----------------------------------------------------------------

Truth = dict[str, dict[int, list[Line]]]
UNITS: Final = {"仁怀市": "520382", "赤水市": "520381"}
RESULTS: Final = {"合格": "completed", "退班": "withdrawn", "不合格": "not_completed"}
STEPS: Final = 10


def counted(truth: Truth) -> list[tuple[Any, ...]]:
    """Of each county, the rows of its furthest month."""
    return sorted(
        (UNITS[unit], one[5], RESULTS[one[6]])
        for unit, by_month in truth.items()
        for one in by_month[max(by_month)]
    )


def is_too_small(by_month: dict[int, list[Line]], month: int, rows: int) -> bool:
    """Less than half of what it would take the place of."""
    if not by_month:
        return False
    before = by_month[max(by_month)] if month >= max(by_month) else by_month.get(month)
    return before is not None and rows < len(before) / 2


@pytest.mark.promise("corrections in any order end with the truth", 400)
@pytest.mark.parametrize("seed", chosen(range(40), 3))
def test_corrections_in_any_order_end_with_what_was_said_last_of_the_furthest_month(
    tmp_path: Path, seed: int, record_property: Callable[[str, object], None]
) -> None:
    """Files carry times in no order at all; each run takes one of them."""
    rng = Random(seed)
    counties = Counties(tmp_path)
    truth: Truth = {}
    said: defaultdict[tuple[str, int], list[list[Line]]] = defaultdict(list)
    for step in range(STEPS):
        unit, month = rng.choice(list(UNITS)), rng.choice([3, 6])
        by_month = truth.get(unit, {})
        people = sorted(rng.sample(range(1, 9), rng.choice([1, 2, 4, 6, 8])))
        rows = [line(one, rng.randint(1, 3), result=rng.choice(list(RESULTS))) for one in people]
        if said[unit, month] and rng.random() < 0.5:
            rows = rng.choice(said[unit, month])
        said[unit, month].append(rows)
        has_reason = rng.random() < 0.3
        name = f"{unit}/{step}/2024年1-{month}月台账.csv"
        at = SETTLED - timedelta(days=rng.randrange(60))
        counties.put(name, ledger(rows), at)
        if has_reason:
            counties.put(f"{name}.reason.txt", "核减重复人员".encode(), at)
        expected = "landed"
        if rows == by_month.get(month):
            expected = "unchanged"
        elif not has_reason and is_too_small(by_month, month, len(rows)):
            expected = "DELIVERY_SHRUNK"
        else:
            truth.setdefault(unit, {})[month] = rows
        assert counties.outcomes(NOW + step * HOUR) == {name: expected}
        assert sorted(counties.true_rows()) == counted(truth)
    record_property("cases", STEPS)


# --- the whole, county by county --------------------------------------------------------------


@dataclass(frozen=True)
class Story:
    """What a county delivered first and then, and by how much its person-times must change."""

    area_code: str
    first: list[Line]
    then: tuple[tuple[str, list[Line], timedelta], ...]
    #: Person-times by month of 2024.
    change: dict[int, int]
    has_reason: bool = False
    #: Whether what came then lands, and takes the place of what was there for the same months.
    lands: int = 1
    corrects: int = 1


def trained(first: int, count: int, month: int = 2, result: str = "合格") -> list[Line]:
    return [line(number, month, result=result) for number in range(first, first + count)]


def again(name: str, rows: list[Line], hours: int = 1) -> tuple[str, list[Line], timedelta]:
    return name, rows, hours * HOUR


STORIES: Final[dict[str, Story]] = {
    "仁怀市": Story(  # the same rows again
        "520382",
        trained(10, 3),
        (again("1-6月台账（重发）", trained(10, 3)),),
        {},
        lands=0,
        corrects=0,
    ),
    "赤水市": Story(  # one did not complete after all
        "520381",
        trained(20, 4),
        (again("1-6月台账", [*trained(20, 3), *trained(23, 1, result="退班")]),),
        {2: -1},
    ),
    "习水县": Story(  # far fewer rows, without a word
        "520330", trained(30, 6), (again("1-6月台账", trained(30, 2)),), {}, lands=0, corrects=0
    ),
    "桐梓县": Story(  # far fewer rows, for a reason
        "520322", trained(40, 6), (again("1-6月台账", trained(40, 2)),), {2: -4}, has_reason=True
    ),
    "绥阳县": Story(  # one row withdrawn
        "520323", trained(50, 5), (again("1-6月台账", trained(50, 4)),), {2: -1}
    ),
    "湄潭县": Story(  # two late records, of March
        "520328",
        trained(60, 3),
        (again("1-6月台账", [*trained(60, 3), *trained(63, 2, month=3)]),),
        {3: +2},
    ),
    "凤冈县": Story(  # a late ledger of March never takes the place of June's
        "520327", trained(70, 4), (again("1-3月台账", trained(70, 2)),), {}, corrects=0
    ),
    "余庆县": Story(  # A, then B and A again
        "520329",
        trained(80, 2),
        (again("1-6月台账（改）", trained(80, 3)), again("1-6月台账（再改）", trained(80, 2), 2)),
        {},
        lands=2,
        corrects=2,
    ),
    "正安县": Story(  # the clock behind the correction is months behind
        "520324",
        trained(90, 2),
        (again("1-6月台账（更正）", trained(90, 3), -6_000),),
        {2: +1},
    ),
}


def tell(counties: Counties, *, later: bool) -> None:
    for county, story in STORIES.items():
        told = story.then if later else (("1-6月台账", story.first, timedelta(0)),)
        for name, rows, shift in told:
            path = f"{county}/2024年{name}.csv"
            counties.put(path, ledger(rows), SETTLED + shift)
            if later and story.has_reason:
                counties.put(f"{path}.reason.txt", "核减重复人员".encode(), SETTLED + shift)


def refreshed_at_years_end(installation: Installation) -> CompletedProcess[str]:
    told = installation.run("refresh", "--as-of", "2024-12-31")
    assert told.returncode == 0, told.stdout + told.stderr
    return told


@dataclass(frozen=True)
class Corrected:
    """Two versions of the counties' deliveries, and what the refreshes between them said."""

    installation: Installation
    versions: tuple[str, str]
    told: tuple[str, str, str]


@pytest.fixture(scope="module")
def corrected(tmp_path_factory: pytest.TempPathFactory, project: Path) -> Corrected:
    folder = tmp_path_factory.mktemp("corrected")
    counties = Counties(folder)
    installation = Installation(
        folder / "home", {"SKILLS_DROP": str(counties.drop), "SKILLS_SECRET": INVENTED}
    ).knowing(project)
    tell(counties, later=False)
    first = refreshed_at_years_end(installation)
    before = installation.version
    tell(counties, later=True)
    second = refreshed_at_years_end(installation)
    after = installation.version
    now = datetime.now(UTC) - HOUR
    for county, story in STORIES.items():
        _, rows, _ = story.then[-1]
        if story.lands:
            name = story.then[-1][0]
            counties.put(f"{county}/2024年{name}-抄件.csv", ledger(rows, encoding="gb18030"), now)
    third = refreshed_at_years_end(installation)
    told = first.stdout, second.stdout, third.stdout
    return Corrected(installation, (before, after), told)


pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("corrections")]


def person_times(corrected: Corrected, *arguments: str) -> dict[tuple[str, str], tuple[int, int]]:
    """Person-times before and after, by area and period, where they changed."""
    return {
        (row["area_code"], row["period_code"]): (
            round(float(row["indicator_value_before"])),
            round(float(row["indicator_value_after"])),
        )
        for row in corrected.installation.rows("changes", "--all", *arguments)
        if row["indicator_id"] == "H-01" and row["industry_code"] == "all"
    }


def test_each_countys_story_is_told_and_nothing_else(corrected: Corrected) -> None:
    expected: dict[tuple[str, str], int] = {}
    for story in STORIES.values():
        for month, change in story.change.items():
            for area in (story.area_code, "520300"):
                for period in (f"2024-{month:02d}", "2024", "2023-2025"):
                    expected[area, period] = expected.get((area, period), 0) + change
    found = person_times(corrected)
    assert {key: after - before for key, (before, after) in found.items()} == expected


def test_the_scorecard_differs_by_exactly_what_is_told(corrected: Corrected) -> None:
    found = person_times(corrected)
    scorecard = corrected.installation.rows("scorecard", "--all", "--measure", "0")
    now = {
        (row["area_code"], row["period_code"]): round(float(row["indicator_value"]))
        for row in scorecard
        if row["indicator_id"] == "H-01" and row["industry_code"] == "all" and row["numerator"]
    }
    assert found
    assert {key: after for key, (_, after) in found.items()} == {key: now[key] for key in found}


def test_a_named_version_is_compared_as_the_table_says(corrected: Corrected) -> None:
    before, after = corrected.versions
    assert person_times(corrected, "--since", before) == person_times(corrected)
    assert person_times(corrected, "--since", after) == {}
    unknown = corrected.installation.run("changes", "--since", "000099-nobody")
    assert unknown.returncode == 2
    assert before in unknown.stderr


def test_changes_are_asked_for_by_county_and_measure(corrected: Corrected) -> None:
    rows = corrected.installation.rows("changes", "--county", "赤水", "--measure", "0")
    assert {(row["area_code"], row["measure_no"]) for row in rows} == {("520381", "0")}
    assert corrected.installation.rows("changes", "--county", "仁怀") == []


def test_deliveries_since_the_version_before_are_counted_by_what_became_of_them(
    corrected: Corrected,
) -> None:
    landed = sum(story.lands for story in STORIES.values())
    corrects = sum(story.corrects for story in STORIES.values())
    assert corrected.installation.query(
        """
        select
            version_before,
            landed_delivery_count,
            corrected_delivery_count,
            refused_delivery_count
        from publication_deliveries
        where feed = 'county/training_ledgers'
        """
    ) == [(corrected.versions[0], landed, corrects, 1)]


def test_what_was_refused_or_came_late_left_the_true_rows_in_place(corrected: Corrected) -> None:
    found = corrected.installation.query(
        "select area_code, count(*) from marts.fct_trainings group by all order by all"
    )
    assert found == sorted(
        (story.area_code, len(story.first) + sum(story.change.values()))
        for story in STORIES.values()
    )


def test_the_refresh_says_what_is_new_what_changed_and_when_nothing_did(
    corrected: Corrected,
) -> None:
    first, second, third = corrected.told
    before, after = corrected.versions
    assert "首个版本，没有可比较的 · First version" in first
    assert f"与版本 {before} 相比 What changed since" in second
    told = [text.split()[0] for text in second.splitlines() if "2023-2025: 35 → 32 (-3)" in text]
    assert told == ["H-01", "H-02-liquor"]
    assert "What changed since" not in third
    assert f"Nothing has changed since version {after}" in third
    assert corrected.installation.version == after
