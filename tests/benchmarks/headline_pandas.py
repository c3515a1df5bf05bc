"""The plan's person-times out of landed Parquet, as a pandas user would write it.

Same rules as ours: the latest row of each record, the furthest list of each unit and year, what
counts as a training, reports of several reporters about one training counted once. Run by the
benchmark as ``headline_pandas.py HOME``; answers with one JSON object.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

import landed
import pandas as pd

PERSON_AND_FAMILY = ["person_key", "occupation_family"]


def read(files: list[landed.Batch], columns: list[str]) -> pd.DataFrame:
    """Rows of all files, each with the number of its file in the order of delivery."""
    rows = pd.read_parquet(
        [batch.path for batch in files], columns=[*columns, "_batch_id", "_row_number"]
    )
    rows["sequence"] = rows["_batch_id"].map({batch.batch_id: batch.sequence for batch in files})
    return rows


def latest(rows: pd.DataFrame, key: str) -> pd.DataFrame:
    """Of each record what was delivered last."""
    return rows.sort_values(["sequence", "_row_number"]).drop_duplicates(key, keep="last")


def seed(name: str) -> pd.DataFrame:
    return pd.read_csv(landed.SEEDS / f"{name}.csv", dtype="str")


def spelt(aliases: str, reference: str, code: str) -> pd.Series:
    """Code by every spelling and by the official name."""
    known = seed(f"crosswalks/{aliases}").set_index("alias")[code]
    official = seed(f"reference/{reference}").set_index("name_zh")[code]
    both = pd.concat([known, official])
    return both[~both.index.duplicated()]


def with_occupation_and_industry(reports: pd.DataFrame) -> pd.DataFrame:
    """A training's industry is the declared one, else that of its occupation."""
    occupation = reports["occupation"].map(
        spelt("occupation_aliases", "occupations", "occupation_code")
    )
    occupations = seed("reference/occupations").set_index("occupation_code")
    declared = reports["industry"].map(spelt("industry_aliases", "industries", "industry_code"))
    return reports.assign(
        occupation_family=occupation.map(occupations["family_code"]).fillna(reports["occupation"]),
        industry_code=declared.fillna(occupation.map(occupations["industry_code"])).fillna("none"),
    )


def located(areas: pd.Series) -> pd.Series:
    """Codes of areas as they were written; who names the whole city means the city level."""
    known = seed("reference/areas")
    city_level = known.loc[known["area_type"] == "city_level", "area_code"].iloc[0]
    whole_city = known.loc[known["area_type"] == "city", "area_code"].iloc[0]
    codes = spelt("area_aliases", "areas", "area_code").replace({whole_city: city_level})
    return areas.map(codes).fillna("unknown")


def platform_reports(home: Path) -> pd.DataFrame:
    classes = latest(
        read(
            landed.batches(home, "hrss/training_classes"),
            ["class_no", "area", "occupation", "industry", "status", "started_on", "ended_on"],
        ),
        "class_no",
    )
    classes = with_occupation_and_industry(classes).assign(
        area_code=located(classes["area"]),
        started_on=pd.to_datetime(classes["started_on"], format="%Y-%m-%d"),
        ended_on=pd.to_datetime(classes["ended_on"], format="%Y-%m-%d"),
    )
    enrolments = latest(
        read(
            landed.batches(home, "hrss/enrolments"),
            ["enrolment_no", "class_no", "person_key", "person_birth_year", "completion",
             "is_valid"],
        ),
        "enrolment_no",
    )  # fmt: skip
    wanted = ["class_no", "area_code", "occupation_family", "industry_code", "status",
              "started_on", "ended_on"]  # fmt: skip
    reports = enrolments.loc[enrolments["is_valid"] != "false"].merge(
        classes[wanted], on="class_no"
    )
    held = reports.loc[~reports["status"].isin(["cancelled", "filed", "running"])]
    return held.assign(report_id="hrss|" + held["enrolment_no"], reporter_code="hrss", priority=1)


def ledger_reports(home: Path) -> pd.DataFrame:
    ledgers = listed_reports(home, "county/training_ledgers", "industry")
    return with_occupation_and_industry(ledgers).assign(
        area_code=ledgers["reporter_code"], priority=2
    )


def roster_reports(home: Path) -> pd.DataFrame:
    rosters = listed_reports(home, "department/training_rosters", "area").assign(industry=None)
    return with_occupation_and_industry(rosters).assign(
        area_code=located(rosters["area"]), priority=3
    )


def listed_reports(home: Path, feed: str, of_the_feed: str) -> pd.DataFrame:
    """What units list by name, a year at a time."""
    files = landed.current_batches(home, feed)
    reports = read(
        files,
        ["person_key", "person_birth_year", "occupation", of_the_feed, "completion", "started_on",
         "ended_on", "_sheet"],
    )  # fmt: skip
    sheet, row = reports["_sheet"].fillna(""), reports["_row_number"].astype("str")
    return reports.assign(
        report_id=reports["_batch_id"] + "|" + sheet + "|" + row,
        reporter_code=reports["_batch_id"].map({each.batch_id: each.unit_code for each in files}),
        started_on=pd.to_datetime(reports["started_on"], format="%Y-%m-%d"),
        ended_on=pd.to_datetime(reports["ended_on"], format="%Y-%m-%d"),
    )


def eligible(reports: pd.DataFrame) -> pd.DataFrame:
    """Ended by the day, within the plan, by people of age."""
    first, last = (pd.Timestamp(day) for day in landed.PLAN)
    born = pd.to_numeric(reports["person_birth_year"])
    is_child = reports["started_on"].dt.year - born < landed.ADULT_ENOUGH
    in_time = reports["ended_on"].between(first, min(last, pd.Timestamp(landed.AS_OF)))
    return reports.loc[in_time & ~is_child]


def trainings(reports: pd.DataFrame) -> pd.DataFrame:
    """One row per training, from the report of the first reporter; completed if any says so.

    Reports of one person and family of occupations that overlap form an island; within it the
    first report of one reporter meets the first of another, and so on.
    """
    reports = reports.assign(is_completed=reports["completion"] == "completed")
    keyed = reports.loc[reports["person_key"].notna()].astype({"person_key": "int64"})
    keyed = keyed.sort_values([*PERSON_AND_FAMILY, "started_on", "ended_on", "report_id"])

    history = keyed.groupby(PERSON_AND_FAMILY, sort=False)
    keyed["reached_on"] = history["ended_on"].cummax()
    reached_before = history["reached_on"].shift()
    keyed["begins"] = ~(keyed["started_on"] <= reached_before)
    keyed["island"] = keyed["begins"].cumsum()
    keyed["ordinal"] = keyed.groupby(["island", "reporter_code"], sort=False).cumcount()

    matched = keyed.sort_values(["island", "ordinal", "priority", "reporter_code", "report_id"])
    same = matched.groupby(["island", "ordinal"], sort=False)
    matched["is_completed"] = same["is_completed"].transform("any")
    first = matched.drop_duplicates(["island", "ordinal"])
    return pd.concat([first, reports.loc[reports["person_key"].isna()]])


def main(home: Path) -> dict[str, int]:
    landed.require_no_attendance_floor()
    columns = ["report_id", "reporter_code", "priority", "person_key", "person_birth_year",
               "occupation_family", "area_code", "industry_code", "completion", "started_on",
               "ended_on"]  # fmt: skip
    told = [platform_reports(home), ledger_reports(home), roster_reports(home)]
    reports = pd.concat([reports[columns] for reports in told], ignore_index=True)
    counted = trainings(eligible(reports)).query("is_completed")
    by_both = counted.groupby(["area_code", "industry_code"]).size()
    return landed.headline(
        [(area, industry, int(count)) for (area, industry), count in by_both.items()]
    )


if __name__ == "__main__":
    sys.stdout.write(json.dumps(main(Path(sys.argv[1]))) + "\n")
