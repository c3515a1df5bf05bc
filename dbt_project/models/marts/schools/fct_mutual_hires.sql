with hires as (
    select * from {{ ref('stg_education__mutual_hires') }}
),

areas as (
    select * from {{ ref('int_crosswalks__areas') }}
),

run as (
    select * from {{ ref('stg_landing__run') }}
),

resolved as (
    select
        hires.hire_id,
        hires.school_name,
        hires.enterprise_name,
        hires.hire_direction_code,
        hires.person_key,
        hires.started_on,
        hires.period_starts_on,
        hires.period_ends_on,
        hires._batch_id,
        hires._sheet,
        hires._row_number,
        coalesce(areas.located_area_code, 'unknown') as area_code
    from hires
    inner join run on hires.started_on <= run.as_of_on
    left join areas on hires.area_alias = areas.alias
)

select * from resolved
