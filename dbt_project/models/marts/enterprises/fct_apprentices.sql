with apprentices as (
    select * from {{ ref('stg_hrss__apprentices') }}
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
        apprentices.enterprise_uscc,
        apprentices.enterprise_name,
        departments.department_code,
        apprentices.person_key,
        apprentices.occupation_alias,
        apprentices.started_on,
        apprentices.period_starts_on,
        apprentices.period_ends_on,
        apprentices._batch_id,
        apprentices._sheet,
        apprentices._row_number,
        coalesce(areas.located_area_code, 'unknown') as area_code,
        coalesce(industries.industry_code, 'none') as industry_code
    from apprentices
    inner join run on apprentices.started_on <= run.as_of_on
    left join areas on apprentices.area_alias = areas.alias
    left join industries on apprentices.industry_alias = industries.alias
    left join departments on apprentices.department_alias = departments.alias
)

select * from resolved
