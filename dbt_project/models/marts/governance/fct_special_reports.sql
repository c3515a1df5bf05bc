with reports as (
    select * from {{ ref('stg_department__special_reports') }}
),

run as (
    select * from {{ ref('stg_landing__run') }}
),

-- What stands in two lists; the later list knows.
latest as (
    select
        *,
        row_number() over (
            partition by department_code, special_report_id
            order by period_starts_on desc, _batch_id desc, _sheet desc, _row_number desc
        ) as recency_no
    from reports
),

resolved as (
    select
        reports.department_code,
        reports.special_report_id,
        reports.report_title,
        reports.due_on,
        reports.filed_on,
        reports.period_starts_on,
        reports.period_ends_on,
        reports._batch_id,
        reports._sheet,
        reports._row_number
    from latest as reports
    inner join run on reports.due_on <= run.as_of_on
    where reports.recency_no = 1
)

select * from resolved
