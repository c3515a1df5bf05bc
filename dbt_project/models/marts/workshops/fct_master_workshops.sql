with workshops as (
    select * from {{ ref('stg_hrss__master_workshops') }}
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
        workshops.workshop_id,
        workshops.period_starts_on,
        workshops.period_ends_on,
        workshops.workshop_name,
        workshops.host_name,
        workshops.field_code,
        workshops.workshop_level_code,
        workshops.workshop_status_code,
        workshops.preparing_level_code,
        workshops.approved_on,
        workshops.apprentice_count,
        workshops.innovation_count,
        workshops.person_time_count,
        workshops._batch_id,
        workshops._sheet,
        workshops._row_number,
        coalesce(areas.located_area_code, 'unknown') as area_code,
        coalesce(industries.industry_code, 'none') as industry_code
    from workshops
    inner join run on workshops.period_ends_on <= run.as_of_on
    left join areas on workshops.area_alias = areas.alias
    left join industries on workshops.industry_alias = industries.alias
)

select * from resolved
