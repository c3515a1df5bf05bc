"""Person-times by day, area and industry: as published, and as the simulator knows them."""

from __future__ import annotations

from installations import Installation

PersonTimes = dict[tuple[object, ...], object]


def counted_person_times(installation: Installation) -> PersonTimes:
    """What the published trainings come to."""
    rows = installation.query(
        """
        select cast(ended_on as varchar), area_code, industry_code, count(*)
        from marts.fct_trainings
        group by all
        """
    )
    return {(day, area, industry): number for day, area, industry, number in rows}


def true_person_times(installation: Installation) -> PersonTimes:
    """What the simulator made."""
    return {
        (row["ended_on"], row["area_code"], row["industry_code"] or "none"): int(
            row["person_times"]
        )
        for row in installation.truth("person_times")
    }
