with findings as (
    select * from {{ ref('stg_audit__integrity_findings') }}
),

areas as (
    select * from {{ ref('int_crosswalks__areas') }}
),

run as (
    select * from {{ ref('stg_landing__run') }}
),

-- What stands in two lists; the later list knows.
latest as (
    select
        findings.*,
        row_number() over (
            partition by findings.finding_id
            order by
                findings.period_starts_on desc,
                findings._batch_id desc,
                findings._sheet desc,
                findings._row_number desc
        ) as recency_no
    from findings
    inner join run on findings.found_on <= run.as_of_on
),

resolved as (
    select
        findings.finding_id,
        findings.institution_uscc,
        findings.detection_rule_code,
        findings.found_on,
        findings.closed_on,
        findings.at_risk_cny,
        findings.recovered_cny,
        findings.period_starts_on,
        findings.period_ends_on,
        findings._batch_id,
        findings._sheet,
        findings._row_number,
        coalesce(areas.located_area_code, 'unknown') as area_code,
        coalesce(findings.closed_on <= run.as_of_on, false) as is_closed
    from latest as findings
    cross join run
    left join areas on findings.area_alias = areas.alias
    where findings.recency_no = 1
)

select * from resolved
