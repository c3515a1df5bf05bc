with staff as (
    select * from {{ ref('stg_industry__enterprise_staff') }}
),

areas as (
    select * from {{ ref('int_crosswalks__areas') }}
),

industries as (
    select * from {{ ref('int_crosswalks__industries') }}
),

run as (
    select * from {{ ref('stg_landing__run') }}
),

resolved as (
    select
        staff.enterprise_uscc,
        staff.staff_count,
        staff.certified_count,
        staff.hazardous_count,
        staff.hazardous_certified_count,
        staff.equipment_count,
        staff.equipment_certified_count,
        staff.period_starts_on,
        staff.period_ends_on,
        staff._batch_id,
        staff._sheet,
        staff._row_number,
        coalesce(areas.located_area_code, 'unknown') as area_code,
        coalesce(industries.industry_code, 'none') as industry_code
    from staff
    inner join run on staff.period_ends_on <= run.as_of_on
    left join areas on staff.area_alias = areas.alias
    left join industries on staff.industry_alias = industries.alias
)

select * from resolved
