"""Does a city of several copies come to what the simulator multiplied, told whole or in part?

The simulator counts one copy and multiplies; the warehouse counts every row.
"""

from __future__ import annotations

from pathlib import Path
from typing import Final

import pytest
from installations import Installation
from person_times import counted_person_times, true_person_times

from ingestion.sample_agencies.build import build_sample

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("larger city")]

COPIES: Final = 3
FACTOR: Final = 0.02 * COPIES
#: Of some 6,000 people; the others have permits, as beyond 158 cities.
RESIDENTS: Final = 3000


@pytest.mark.parametrize(
    "told",
    [{}, {"whole": COPIES - 1, "residents": RESIDENTS}],
    ids=["all feeds", "enrolments alone, many with permits"],
)
def test_person_times_of_all_copies_are_the_truth(
    tmp_path: Path, project: Path, told: dict[str, int]
) -> None:
    home = tmp_path / "skills"
    build_sample(home / "sample", factor=FACTOR, copies=COPIES, **told)
    city = Installation(home, {"SKILLS_SAMPLE_FACTOR": f"{FACTOR:g}"}).knowing(project)
    refreshed = city.run("refresh")
    assert refreshed.returncode == 0, refreshed.stdout + refreshed.stderr

    assert counted_person_times(city) == true_person_times(city)

    judged = city.query(
        """
        select indicator_id, industry_code, numerator, status_code
        from kpis.kpi_scorecard
        where is_binding and area_code = '520300' and period_code = '2023-2025'
            and (indicator_id = 'H-01' or starts_with(indicator_id, 'H-02'))
        """
    )
    known = {
        (row["indicator_id"], row["industry_code"], float(row["numerator"]), row["status"])
        for row in city.truth("kpi")
        if (row["area_code"], row["period_code"]) == ("520300", "2023-2025")
    }
    assert len(judged) == 6
    assert known.issuperset(judged)
