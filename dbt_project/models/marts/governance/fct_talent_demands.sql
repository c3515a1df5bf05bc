with demands as (
    select * from {{ ref('stg_department__talent_demands') }}
),

industries as (
    select * from {{ ref('int_crosswalks__industries') }}
),

run as (
    select * from {{ ref('stg_landing__run') }}
),

resolved as (
    select
        demands.department_code,
        demands.demand_kind_code,
        demands.demand_title,
        demands.demanded_count,
        demands.published_on,
        demands.period_starts_on,
        demands.period_ends_on,
        demands._batch_id,
        demands._sheet,
        demands._row_number,
        coalesce(industries.industry_code, 'none') as industry_code
    from demands
    inner join run on demands.period_ends_on <= run.as_of_on
    left join industries on demands.industry_alias = industries.alias
)

select * from resolved
