with instructors as (
    select * from {{ ref('stg_hrss__instructors') }}
),

areas as (
    select * from {{ ref('int_crosswalks__areas') }}
),

run as (
    select * from {{ ref('stg_landing__run') }}
),

resolved as (
    select
        instructors.person_key,
        instructors.institution_uscc,
        instructors.institution_name,
        instructors.instructor_role_code,
        instructors.employment_code,
        instructors.qualified_until,
        instructors.period_starts_on,
        instructors.period_ends_on,
        instructors._batch_id,
        instructors._sheet,
        instructors._row_number,
        coalesce(areas.located_area_code, 'unknown') as area_code,
        coalesce(instructors.is_private, false) as is_private
    from instructors
    inner join run on instructors.period_ends_on <= run.as_of_on
    left join areas on instructors.area_alias = areas.alias
)

select * from resolved
