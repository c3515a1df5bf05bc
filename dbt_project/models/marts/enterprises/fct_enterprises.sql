with enterprises as (
    select * from {{ ref('stg_industry__enterprises') }}
),

areas as (
    select * from {{ ref('int_crosswalks__areas') }}
),

departments as (
    select * from {{ ref('int_crosswalks__departments') }}
),

industries as (
    select * from {{ ref('int_crosswalks__industries') }}
),

run as (
    select * from {{ ref('stg_landing__run') }}
),

resolved as (
    select
        enterprises.enterprise_uscc,
        enterprises.enterprise_name,
        departments.department_code,
        enterprises.enterprise_size_code,
        enterprises.self_evaluation_on,
        enterprises.eight_level_on,
        enterprises.lifelong_system_on,
        enterprises.talent_plan_on,
        enterprises.period_starts_on,
        enterprises.period_ends_on,
        enterprises._batch_id,
        enterprises._sheet,
        enterprises._row_number,
        coalesce(areas.located_area_code, 'unknown') as area_code,
        coalesce(industries.industry_code, 'none') as industry_code,
        coalesce(enterprises.is_key, false) as is_key,
        coalesce(enterprises.is_above_scale, false) as is_above_scale,
        coalesce(enterprises.is_manufacturing, false) as is_manufacturing,
        coalesce(enterprises.is_self_evaluation_eligible, false) as is_self_evaluation_eligible,
        coalesce(enterprises.self_evaluation_on <= run.as_of_on, false) as has_self_evaluation,
        coalesce(enterprises.eight_level_on <= run.as_of_on, false) as has_eight_levels,
        coalesce(enterprises.lifelong_system_on <= run.as_of_on, false) as has_lifelong_system,
        coalesce(enterprises.talent_plan_on <= run.as_of_on, false) as has_talent_plan
    from enterprises
    inner join run on enterprises.period_starts_on <= run.as_of_on
    left join areas on enterprises.area_alias = areas.alias
    left join industries on enterprises.industry_alias = industries.alias
    left join departments on enterprises.department_alias = departments.alias
)

select * from resolved
