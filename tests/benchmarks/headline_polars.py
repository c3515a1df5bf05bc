"""The plan's person-times out of landed Parquet, as a polars user would write it.

The rules are those of `headline_pandas`; lazy from the scan to the count, so that polars reads and
sorts what it must. Run by the benchmark as ``headline_polars.py HOME``, in the environment of the
peers; answers with one JSON object.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

import landed
import polars as pl

PERSON_AND_FAMILY = ["person_key", "occupation_family"]


def scan(files: list[landed.Batch]) -> pl.LazyFrame:
    """Rows of all files, each with the number and the unit of its file."""
    known = pl.LazyFrame(
        {
            "_batch_id": [batch.batch_id for batch in files],
            "sequence": [batch.sequence for batch in files],
            "unit_code": [batch.unit_code for batch in files],
        },
        schema={"_batch_id": pl.String, "sequence": pl.Int64, "unit_code": pl.String},
    )
    return pl.scan_parquet([batch.path for batch in files]).join(known, on="_batch_id")


def latest(rows: pl.LazyFrame, key: str) -> pl.LazyFrame:
    """Of each record what was delivered last."""
    return rows.sort("sequence", "_row_number").unique(key, keep="last")


def seed(name: str) -> pl.LazyFrame:
    return pl.scan_csv(landed.SEEDS / f"{name}.csv", infer_schema=False)


def spelt(aliases: str, reference: str, code: str) -> pl.LazyFrame:
    """Code by every spelling and by the official name."""
    return pl.concat(
        [
            seed(f"crosswalks/{aliases}").select("alias", code),
            seed(f"reference/{reference}").select(pl.col("name_zh").alias("alias"), code),
        ]
    ).unique("alias", keep="first", maintain_order=True)


def with_occupation_and_industry(reports: pl.LazyFrame) -> pl.LazyFrame:
    """A training's industry is the declared one, else that of its occupation."""
    occupations = (
        spelt("occupation_aliases", "occupations", "occupation_code")
        .join(seed("reference/occupations"), on="occupation_code")
        .select("alias", "family_code", own_industry_code="industry_code")
    )
    declared = spelt("industry_aliases", "industries", "industry_code").rename(
        {"industry_code": "declared_industry_code"}
    )
    return (
        reports.join(occupations, left_on="occupation", right_on="alias", how="left")
        .join(declared, left_on="industry", right_on="alias", how="left")
        .with_columns(
            occupation_family=pl.coalesce("family_code", "occupation"),
            industry_code=pl.coalesce(
                "declared_industry_code", "own_industry_code", pl.lit("none")
            ),
        )
    )


def located(reports: pl.LazyFrame) -> pl.LazyFrame:
    """Codes of areas as they were written; who names the whole city means the city level."""
    areas = seed("reference/areas")
    is_city_level = pl.col("area_type") == "city_level"
    codes = (
        spelt("area_aliases", "areas", "area_code")
        .join(areas.select("area_code", "area_type"), on="area_code")
        .join(areas.filter(is_city_level).select(city_level="area_code"), how="cross")
        .select(
            "alias",
            area_code=pl.when(pl.col("area_type") == "city")
            .then("city_level")
            .otherwise("area_code"),
        )
    )
    return reports.join(codes, left_on="area", right_on="alias", how="left").with_columns(
        pl.col("area_code").fill_null("unknown")
    )


def platform_reports(home: Path) -> pl.LazyFrame:
    classes = latest(scan(landed.batches(home, "hrss/training_classes")), "class_no")
    classes = located(with_occupation_and_industry(classes)).select(
        "class_no",
        "area_code",
        "occupation_family",
        "industry_code",
        "status",
        pl.col("started_on", "ended_on").str.to_date("%Y-%m-%d"),
    )
    return (
        latest(scan(landed.batches(home, "hrss/enrolments")), "enrolment_no")
        .filter(pl.col("is_valid").fill_null("true") == "true")
        .join(classes, on="class_no")
        .filter(~pl.col("status").is_in(["cancelled", "filed", "running"]))
        .with_columns(
            report_id=pl.lit("hrss|") + pl.col("enrolment_no"),
            reporter_code=pl.lit("hrss"),
            priority=pl.lit(1),
        )
    )


def ledger_reports(home: Path) -> pl.LazyFrame:
    ledgers = listed_reports(home, "county/training_ledgers")
    return with_occupation_and_industry(ledgers).with_columns(
        area_code="reporter_code", priority=pl.lit(2)
    )


def roster_reports(home: Path) -> pl.LazyFrame:
    rosters = listed_reports(home, "department/training_rosters").with_columns(
        industry=pl.lit(None, pl.String)
    )
    return located(with_occupation_and_industry(rosters)).with_columns(priority=pl.lit(3))


def listed_reports(home: Path, feed: str) -> pl.LazyFrame:
    """What units list by name, a year at a time."""
    return scan(landed.current_batches(home, feed)).with_columns(
        pl.col("started_on", "ended_on").str.to_date("%Y-%m-%d"),
        report_id=pl.concat_str(
            "_batch_id", pl.col("_sheet").fill_null(""), "_row_number", separator="|"
        ),
        reporter_code="unit_code",
    )


def eligible(reports: pl.LazyFrame) -> pl.LazyFrame:
    """Ended by the day, within the plan, by people of age."""
    first, last = landed.PLAN
    age = pl.col("started_on").dt.year() - pl.col("person_birth_year").cast(pl.Int32)
    return reports.filter(
        pl.col("ended_on").is_between(first, min(last, landed.AS_OF))
        & (age >= landed.ADULT_ENOUGH).fill_null(value=True)
    )


def trainings(reports: pl.LazyFrame) -> pl.LazyFrame:
    """One row per training, from the report of the first reporter; completed if any says so.

    Reports of one person and family of occupations that overlap form an island; within it the
    first report of one reporter meets the first of another, and so on.
    """
    reports = reports.with_columns(is_completed=pl.col("completion") == "completed")
    keyed = reports.filter(pl.col("person_key").is_not_null()).with_columns(
        pl.col("person_key").cast(pl.Int64)
    )
    reached = pl.col("ended_on").cum_max().shift().over(PERSON_AND_FAMILY)
    matched = (
        keyed.sort(*PERSON_AND_FAMILY, "started_on", "ended_on", "report_id")
        .with_columns(begins=~(pl.col("started_on") <= reached).fill_null(value=False))
        .with_columns(island=pl.col("begins").cum_sum())
        .with_columns(ordinal=pl.int_range(pl.len()).over("island", "reporter_code"))
        .group_by("island", "ordinal")
        .agg(
            pl.col("area_code", "industry_code")
            .sort_by("priority", "reporter_code", "report_id")
            .first(),
            pl.col("is_completed").any(),
        )
    )
    kept = ["area_code", "industry_code", "is_completed"]
    return pl.concat(
        [matched.select(kept), reports.filter(pl.col("person_key").is_null()).select(kept)]
    )


def main(home: Path) -> dict[str, int]:
    landed.require_no_attendance_floor()
    columns = ["report_id", "reporter_code", "priority", "person_key", "person_birth_year",
               "occupation_family", "area_code", "industry_code", "completion", "started_on",
               "ended_on"]  # fmt: skip
    told = [platform_reports(home), ledger_reports(home), roster_reports(home)]
    reports = pl.concat([reports.select(columns) for reports in told])
    counted = (
        trainings(eligible(reports))
        .filter("is_completed")
        .group_by("area_code", "industry_code")
        .len()
        .collect(engine="streaming")
    )
    return landed.headline(counted.rows())


if __name__ == "__main__":
    sys.stdout.write(json.dumps(main(Path(sys.argv[1]))) + "\n")
