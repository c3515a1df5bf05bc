{{ config(materialized='table') }}

with expected as (
    select * from {{ ref('int_plan__expected') }}
),

areas as (
    select * from {{ ref('int_areas__rolled_up') }}
),

industries as (
    select * from {{ ref('int_industries__rolled_up') }}
),

monthly as (
    select * from {{ ref('training_by_area_industry_month') }}
),

reports as (
    select count(*) as report_count
    from {{ ref('fct_training_reports') }}
),

-- Only what can be answered: the period has begun, and somebody has reported trainings.
answerable as (
    select expected.*
    from expected
    cross join reports
    where expected.has_begun and reports.report_count > 0 and expected.item_code = 'all'
),

counted as (
    select
        answerable.indicator_id,
        answerable.period_code,
        answerable.scope_kind,
        answerable.area_code,
        answerable.industry_code,
        answerable.unit_code,
        answerable.item_code,
        coalesce(sum(monthly.person_time_count), 0) as person_time_count
    from answerable
    inner join areas on answerable.area_code = areas.area_code
    inner join industries on answerable.industry_code = industries.industry_code
    left join monthly
        on
            areas.member_code = monthly.area_code
            and industries.member_code = monthly.industry_code
            and monthly.month_on between answerable.starts_on and answerable.ends_on
    where answerable.measure_no in (0, 5)
    group by all
)

select * from counted
