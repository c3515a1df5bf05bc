with classes as (
    select * from {{ ref('stg_department__federation_classes') }}
),

areas as (
    select * from {{ ref('int_crosswalks__areas') }}
),

occupations as (
    select * from {{ ref('int_crosswalks__occupations') }}
),

run as (
    select * from {{ ref('stg_landing__run') }}
),

resolved as (
    select
        classes.department_code,
        classes.class_id,
        classes.class_name,
        classes.audience_code,
        occupations.occupation_code,
        classes.started_on,
        classes.ended_on,
        classes.trained_count,
        classes.completed_count,
        classes.period_starts_on,
        classes.period_ends_on,
        classes._batch_id,
        classes._sheet,
        classes._row_number,
        coalesce(areas.located_area_code, 'unknown') as area_code
    from classes
    inner join run on classes.ended_on <= run.as_of_on
    left join areas on classes.area_alias = areas.alias
    left join occupations on classes.occupation_alias = occupations.alias
)

select * from resolved
