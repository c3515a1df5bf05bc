"""Does a city of several copies come to what the simulator multiplied, told whole or in part?

The simulator counts one copy and multiplies; the warehouse counts every row.
"""

from __future__ import annotations

from pathlib import Path
from typing import Final

import pytest
from installations import Installation

from ingestion.sample_agencies.build import build_sample

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("larger city")]

COPIES: Final = 3
FACTOR: Final = 0.02 * COPIES


@pytest.mark.parametrize("whole", [COPIES, COPIES - 1], ids=["all feeds", "enrolments alone"])
def test_person_times_of_all_copies_are_the_truth(
    tmp_path: Path, project: Path, whole: int
) -> None:
    home = tmp_path / "skills"
    build_sample(home / "sample", factor=FACTOR, copies=COPIES, whole=whole)
    city = Installation(home, {"SKILLS_SAMPLE_FACTOR": f"{FACTOR:g}"}).knowing(project)
    refreshed = city.run("refresh")
    assert refreshed.returncode == 0, refreshed.stdout + refreshed.stderr

    counted = city.query(
        """
        select cast(ended_on as varchar), area_code, industry_code, count(*)
        from marts.fct_trainings
        group by all
        """
    )
    expected = {
        (row["ended_on"], row["area_code"], row["industry_code"] or "none"): int(
            row["person_times"]
        )
        for row in city.truth("person_times")
    }
    assert {(day, area, industry): n for day, area, industry, n in counted} == expected

    judged = city.query(
        """
        select indicator_id, numerator, status_code
        from kpis.kpi_scorecard
        where measure_no = 0 and area_code = '520300' and period_code = '2023-2025'
            and (is_binding or indicator_id = 'H-02-other')
        """
    )
    headline = {
        (row["indicator_id"], float(row["numerator"]), row["status"])
        for row in city.truth("kpi")
        if row["indicator_id"] == "H-01" or row["indicator_id"].startswith("H-02-")
        if (row["area_code"], row["period_code"]) == ("520300", "2023-2025")
        if row["indicator_id"] != "H-01" or row["industry_code"] == "all"
    }
    assert {row for row in judged if row[0].startswith(("H-01", "H-02-"))} == headline
