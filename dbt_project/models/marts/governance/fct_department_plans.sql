with plans as (
    select * from {{ ref('stg_department__annual_plans') }}
),

industries as (
    select * from {{ ref('int_crosswalks__industries') }}
),

fund_sources as (
    select * from {{ ref('int_crosswalks__fund_sources') }}
),

run as (
    select * from {{ ref('stg_landing__run') }}
),

resolved as (
    select
        plans.department_code,
        plans.industry_alias as industry_name,
        plans.occupation_alias as occupation_name,
        fund_sources.fund_source_code,
        plans.period_starts_on,
        plans.period_ends_on,
        plans.planned_class_count,
        plans.planned_person_time_count,
        plans.planned_funds_cny,
        plans._batch_id,
        plans._sheet,
        plans._row_number,
        coalesce(industries.industry_code, 'none') as industry_code
    from plans
    inner join run on plans.period_starts_on <= run.as_of_on
    left join industries on plans.industry_alias = industries.alias
    left join fund_sources on plans.fund_source_alias = fund_sources.alias
)

select * from resolved
