"""``skills explain``: from a value of the scorecard down to the rows of the ledgers.

A value is shown with what it is measured against, how it is judged, where it is heading, the words
of the plan that it stands on and who answers for it; below it the facts that speak for it, each
with the delivery, sheet and row that it came from. Facts that a model holds only in sum (trainings
by month, certificates by kind) are taken apart into the rows that were added; what the sum adds
stands at the first of them. Everything is read from the published version.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC
from pathlib import Path
from typing import Any, Final

import duckdb

from dagster_project.cli.names import UnknownNameError, code_of
from dagster_project.cli.options import OutputFormat, TextLanguage
from dagster_project.cli.output import Cell, Heading, Sheet, most_rows, write_sheet
from dagster_project.cli.published import OtherReleaseError, opened
from dagster_project.cli.scorecard import named, scope_words
from dagster_project.cli.terminal import people_console
from dagster_project.publishing.publication import whose_data
from dagster_project.publishing.versions import NothingPublishedError, required_version
from ingestion.periods import LOCAL_TIME
from ingestion.places import city_code
from ingestion.settings import Settings


@dataclass(frozen=True)
class Question:
    """The value that somebody wants explained."""

    indicator: str
    #: Names or codes, as people write them.
    county: str | None = None
    industry: str | None = None
    period: str | None = None
    #: Code of the department, enterprise, school or institution.
    unit: str | None = None
    #: Code of the part.
    item: str | None = None


class UnknownValueError(Exception):
    """The scorecard has no such row; the message says which there are."""


_VALUES: Final = """
    select scorecard.*, indicators.counting_code, indicators.reading_code
    from kpis.kpi_scorecard as scorecard
    inner join marts.dim_indicators as indicators using (indicator_id)
    where
        lower(scorecard.indicator_id) = lower($indicator)
        and scorecard.starts_on <= scorecard.as_of_on
        and ($period is null or scorecard.period_code = $period)
        and ($county is null or scorecard.area_code = $county)
        and ($industry is null or scorecard.industry_code = $industry)
        and ($unit is null or scorecard.unit_code = $unit)
        and ($item is null or scorecard.item_code = $item)
        and ($is_part or scorecard.is_binding or scorecard.scope_kind = 'city')
        and ($period is not null or scorecard.numerator > 0 or scorecard.denominator > 0)
    -- Where the plan lays no target on a period that was asked for, the city's value is meant.
    qualify
        ($is_part or scorecard.is_binding = bool_or(scorecard.is_binding) over ())
        and (
            $period is not null
            or scorecard.period_kind = first(scorecard.period_kind) over (
                order by scorecard.is_binding desc, scorecard.ends_on desc
            )
        )
    order by scorecard.starts_on desc, scorecard.area_code, scorecard.unit_code, scorecard.item_code
"""

_KEY: Final = (
    *("plan_id", "indicator_id", "period_code", "area_code"),
    *("industry_code", "unit_code", "item_code"),
)
_OUTLOOK: Final = """
    select *
    from kpis.kpi_outlooks
    where
        plan_id = $plan_id
        and indicator_id = $indicator_id
        and period_code = $period_code
        and area_code = $area_code
        and industry_code = $industry_code
        and unit_code = $unit_code
        and item_code = $item_code
"""
_BASIS: Final = """
    select
        indicators.clause_zh,
        indicators.plan_section,
        any_value(clauses.document_no) as document_no,
        list(units.name_zh order by units.unit_code)
            filter (units.unit_kind_code = 'department') as departments_zh,
        list(units.name_en order by units.unit_code)
            filter (units.unit_kind_code = 'department') as departments_en,
        count(*) filter (units.unit_kind_code = 'county') as county_count
    from marts.dim_indicators as indicators
    inner join marts.dim_clauses as clauses using (plan_id, plan_section)
    inner join marts.dim_responsible_units as units using (plan_id, measure_no)
    where indicators.indicator_id = $indicator_id
    group by all
"""

#: What speaks for one value: the same that the models add up, apart from periods not looked at.
_EVIDENCE: Final = """
    with within as (
        select *
        from kpis."{measure}"
        where
            indicator_id = $indicator_id
            and counted_on between $starts_on and least($ends_on, $as_of_on)
    ),

    current as (
        select *
        from within
        where
            $reading_code = 'flow'
            or counted_on = (select max(counted_on) from within)
    )

    select
        evidence.*,
        row_number() over () as part_no
    from current as evidence
    left join marts.dim_industries as industries using (industry_code)
    where
        (
            evidence.area_code = $area_code
            or ($area_code = $city and $counting_code <> 'given')
        )
        and (
            $industry_code in ('all', evidence.industry_code)
            or ($industry_code = 'other' and not coalesce(industries.has_headline_target, false))
        )
        and $unit_code in ('all', evidence.unit_code)
        and (
            evidence.item_code = $item_code
            or ($counting_code = 'members' and $item_code = 'all')
        )
    order by counted_on desc, area_code, unit_code, fact_id
"""

#: Evidence is added up by month, or by its parts where statistical months begin in between.
_MONTH: Final = (
    "date_trunc('month', fact.{day}) + to_days(case when day(fact.{day}) >= {{first_day}} "
    "then {{first_day}} - 1 else 0 end) = evidence.counted_on"
)
_FIRST_DAY: Final = """
    select coalesce(max(day(starts_on)), 1) from marts.dim_periods where period_kind = 'month'
"""
_PLACE: Final = (
    "fact.area_code = evidence.area_code and fact.industry_code = evidence.industry_code"
)
#: Facts that evidence holds in sum: the table with the rows, and which of them.
_ADDED: Final = {
    "fct_trainings": (
        "marts.fct_trainings",
        # An occupation counts for the industry that the plan names, whatever a class declared.
        f"fact.area_code = evidence.area_code and (evidence.fact_id = fact.occupation_code "
        f"or ({_PLACE} and evidence.fact_id in ('all', fact.institution_uscc))) "
        f"and {_MONTH.format(day='ended_on')}",
    ),
    "fct_talent_stock": (
        "marts.fct_talent_stock",
        f"fact.period_ends_on = evidence.counted_on "
        f"and evidence.area_code in (fact.area_code, '{city_code()}')",
    ),
    "certified_persons": (
        "(from marts.certified_persons join marts.fct_certificates using (certificate_key) "
        "select fct_certificates.*)",
        f"{_PLACE} and evidence.item_code in ('all', fact.level_code)",
    ),
    "fct_certificates": (
        "marts.fct_certificates",
        f"{_PLACE} and fact.certificate_kind_code = evidence.item_code "
        f"and {_MONTH.format(day='issued_on')}",
    ),
    "fct_subsidy_payments": (
        "marts.fct_subsidy_payments",
        f"{_PLACE} and fact.payment_status_code = 'paid' "
        "and coalesce(fact.fund_source_code, 'none') = evidence.unit_code "
        f"and {_MONTH.format(day='paid_on')}",
    ),
    "fct_institution_events": (
        "marts.fct_institution_events",
        "fact.institution_uscc = evidence.unit_code and fact.happened_on <= evidence.counted_on",
    ),
    "fct_instructors": (
        "marts.fct_instructors",
        "fact.person_key = evidence.person_key and fact.employment_code = 'part_time' "
        "and fact.period_ends_on <= evidence.counted_on "
        "and fact.period_ends_on >= date_trunc('year', evidence.counted_on)",
    ),
    "fct_teacher_trainings": (
        "marts.fct_teacher_trainings",
        "fact.teacher_class_id = evidence.fact_id",
    ),
    "fct_talent_demands": (
        "marts.fct_talent_demands",
        "fact.department_code = evidence.unit_code "
        "and date_trunc('year', fact.published_on) = date_trunc('year', evidence.counted_on)",
    ),
    "fct_batches": (
        "(select *, batch_id as _batch_id, null as _sheet, null as _row_number from "
        "marts.fct_batches)",
        "fact.unit_code = evidence.unit_code and fact.period_ends_on = evidence.counted_on "
        "and fact.feed_id = 'department/training_returns'",
    ),
}

_LEDGER_ROWS: Final = """
    select
        evidence.* replace (
            case when {first_of_part} then evidence.numerator end as numerator,
            case when {first_of_part} then evidence.denominator end as denominator
        ),
        coalesce(evidence._batch_id, fact._batch_id) as batch_id,
        coalesce(evidence._sheet, fact._sheet) as sheet,
        coalesce(evidence._row_number, fact._row_number) as row_number,
        batches.feed_id,
        deliveries.file_name,
        batches.file_sha256,
        batches.delivered_at,
        count(*) over () as row_count
    from evidence
    left join {facts} as fact on evidence._batch_id is null and {which}
    left join marts.fct_batches as batches
        on batches.batch_id = coalesce(evidence._batch_id, fact._batch_id)
    left join marts.fct_deliveries as deliveries
        on deliveries.delivery_id = batches.delivery_id
    where evidence.fact_name = $fact_name
    order by
        evidence.counted_on desc, evidence.fact_id, evidence.part_no,
        deliveries.file_name, row_number
    limit $most
"""
_FIRST_OF_PART: Final = (
    "1 = row_number() over (partition by evidence.part_no order by deliveries.file_name, "
    "coalesce(evidence._row_number, fact._row_number))"
)

#: So much of a hash tells two files apart.
_SHORT: Final = 12
_HEADINGS: Final = (
    Heading("indicator_id", "编号", "ID", whole=True, only_wide=True),
    Heading("counted_on", "日期", "Counted on", whole=True),
    Heading("area_code", "地区", "Area"),
    Heading("unit_code", "单位", "Unit", only_wide=True),
    Heading("item_code", "分项", "Part", only_wide=True),
    Heading("numerator", "分子", "Adds", ",.10g"),
    Heading("denominator", "分母", "Out of", ",.10g"),
    Heading("fact_name", "事实表", "Fact"),
    Heading("fact_id", "事实", "Fact ID"),
    Heading("feed_id", "报送项", "Feed", only_wide=True),
    Heading("file_name", "报送文件", "Delivery"),
    Heading("sheet", "工作表", "Sheet"),
    Heading("row_number", "行", "Row", ",d"),
    Heading("delivered_at", "报送时间", "Delivered at", only_wide=True),
    Heading("file_sha256", "SHA-256", "SHA-256", only_wide=True),
)


def answer(
    question: Question,
    last: int | None,
    output_format: OutputFormat,
    output: Path | None,
    language: TextLanguage,
) -> int:
    """Explain the value that was asked for, by at most ``last`` rows of ledgers; an exit code."""
    most = most_rows(last, output_format, output)
    errors = people_console(stderr=True)
    settings = Settings()
    try:
        current = required_version(settings.published)
        with opened(current.database) as connection:
            values = _values(connection, question)
            rows: list[dict[str, Any]] = []
            there_are = 0
            for value in values:
                for found in _ledger_rows(connection, value, most):
                    there_are += found[0]["row_count"]
                    rows += found[: most - len(rows)]
            basis = [
                *(told for value in values for told in _outlook(connection, value, language)),
                *_basis(connection, values[0], language),
            ]
    except (
        NothingPublishedError,
        OtherReleaseError,
        UnknownNameError,
        UnknownValueError,
    ) as failure:
        errors.print(str(failure), markup=False)
        return 2
    title = "\n".join([*(words_of(value, language) for value in values), *basis])
    sheet = Sheet(
        title,
        whose_data(is_sample=current.facts.is_sample),
        _HEADINGS,
        tuple(_shown(row, is_for_people=output_format is OutputFormat.TABLE) for row in rows),
        left_out=there_are - len(rows),
    )
    write_sheet(sheet, output_format, output, language)
    return 0


def words_of(value: dict[str, Any], language: TextLanguage) -> str:
    """One row of the scorecard in a sentence: what, where, when, how much, and how it stands."""
    is_chinese = language is TextLanguage.ZH
    name = value["indicator_name_zh" if is_chinese else "indicator_name_en"]
    unit = value["unit_name_zh" if is_chinese else "unit_name_en"]
    where = scope_words(value, language).replace("\n", " ")
    number = value["indicator_value"]
    told = "—" if number is None else f"{number:,.10g} {unit}"
    if value["denominator"] is not None:
        told = f"{value['numerator']:,.10g} / {value['denominator']:,.10g} = {told}"
    aimed = ""
    if value["target_value"] is not None:
        word = "目标" if is_chinese else "target"
        aimed = f", {word} {value['direction']} {value['target_value']:,.10g}"
    status = value["status_name_zh" if is_chinese else "status_name_en"]
    what = f"{value['indicator_id']} {name} · {value['period_code']} · {where}"
    return f"{what}: {told}{aimed} · {status}"


def _values(connection: duckdb.DuckDBPyConnection, question: Question) -> list[dict[str, Any]]:
    """Rows of the scorecard that the question means; the newest period where it names none."""
    county = code_of("area", question.county) if question.county else None
    industry = code_of("industry", question.industry) if question.industry else None
    parts = (county, industry, question.unit, question.item)
    parameters = {
        "indicator": question.indicator,
        "period": question.period,
        "county": county,
        "industry": industry,
        "unit": question.unit,
        "item": question.item,
        "is_part": any(part is not None for part in parts),
    }
    found = named(connection.execute(_VALUES, parameters))
    if not found:
        raise UnknownValueError(
            f"the scorecard has no row of {question.indicator} for this; see what there is: "
            f"skills scorecard --measure <number> --all"
        )
    newest = found[0]["period_code"]
    return [value for value in found if value["period_code"] == newest]


def _outlook(
    connection: duckdb.DuckDBPyConnection, value: dict[str, Any], language: TextLanguage
) -> Iterator[str]:
    """Where a target that is still running is heading, and what the forecast rests on."""
    key = {name: value[name] for name in _KEY}
    for outlook in named(connection.execute(_OUTLOOK, key)):
        is_chinese = language is TextLanguage.ZH
        needed = f"{outlook['required_monthly_value']:,.0f}"
        told = f"达标每月还需 {needed}" if is_chinese else f"{needed} a month are needed"
        if outlook["forecast_value"] is not None:
            end, low, high = (
                f"{outlook[f'forecast_{part}value']:,.0f}" for part in ("", "low_", "high_")
            )
            recent, count = f"{outlook['recent_monthly_value']:,.0f}", outlook["step_count"]
            until = outlook["rests_until_on"]
            told += (
                f"，近期月均 {recent}；照此期末 {end}（95% 区间 {low} 至 {high}，"
                f"依据截至 {until} 的 {count} 期）"
                if is_chinese
                else f", {recent} came of late; at this rate {end} at the end "
                f"(95%: {low} to {high}, from {count} steps until {until})"
            )
        yield f"{'展望' if is_chinese else 'Outlook'}: {told}"


def _basis(
    connection: duckdb.DuckDBPyConnection, value: dict[str, Any], language: TextLanguage
) -> list[str]:
    """The words of the plan that an indicator stands on, and who answers for its measure."""
    (basis,) = named(connection.execute(_BASIS, {"indicator_id": value["indicator_id"]}))
    is_chinese = language is TextLanguage.ZH
    clause, owners = ("依据", "责任单位") if is_chinese else ("Clause", "Answering for it")
    joined = "、" if is_chinese else ", "
    departments = joined.join(basis["departments_zh" if is_chinese else "departments_en"])
    counties = (
        f"各县（市、区）{basis['county_count']} 个"
        if is_chinese
        else f"the {basis['county_count']} county units"
    )
    section = f"{basis['document_no']} {basis['plan_section']}"
    return [
        f"{clause}: {section} “{basis['clause_zh']}”",
        f"{owners}: {departments}{joined}{counties}",
    ]


def evidence_of(connection: duckdb.DuckDBPyConnection, value: dict[str, Any]) -> None:
    """Put the evidence of one value into the temporary table ``evidence``."""
    ((measure,),) = connection.execute(
        "select table_name from duckdb_tables() where schema_name = 'kpis' and table_name like ?",
        [f"kpi_m{value['measure_no']:02d}_%"],
    ).fetchall()
    wanted = (
        "indicator_id", "starts_on", "ends_on", "as_of_on", "reading_code", "counting_code",
        "area_code", "industry_code", "unit_code", "item_code",
    )  # fmt: skip
    parameters = {name: value[name] for name in wanted} | {"city": city_code()}
    sql = _EVIDENCE.format(measure=measure)
    found = connection.sql(sql, params=parameters).to_arrow_table()
    connection.register("evidence", found)


def _ledger_rows(
    connection: duckdb.DuckDBPyConnection, value: dict[str, Any], most: int
) -> Iterator[list[dict[str, Any]]]:
    """By fact that has any: its first rows, each with how many there are."""
    evidence_of(connection, value)
    ((first_day,),) = connection.execute(_FIRST_DAY).fetchall()
    facts = connection.execute("select distinct fact_name from evidence order by all").fetchall()
    for (fact,) in facts:
        table, which = _ADDED.get(
            fact, ("(select null as _batch_id, null as _sheet, null as _row_number)", "false")
        )
        sql = _LEDGER_ROWS.format(
            facts=table, which=which.format(first_day=first_day), first_of_part=_FIRST_OF_PART
        )
        if found := named(connection.execute(sql, {"fact_name": fact, "most": most})):
            yield found


def _shown(row: dict[str, Any], *, is_for_people: bool) -> tuple[Cell, ...]:
    delivered, digest = row["delivered_at"], row["file_sha256"]
    told = {
        **row,
        "delivered_at": (
            f"{delivered.replace(tzinfo=UTC).astimezone(LOCAL_TIME):%Y-%m-%d %H:%M}"
            if delivered
            else None
        ),
        "file_sha256": digest[:_SHORT] if is_for_people and digest else digest,
    }
    return tuple(told[heading.name] for heading in _HEADINGS)
