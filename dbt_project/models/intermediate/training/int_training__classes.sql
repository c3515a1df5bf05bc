with classes as (
    select * from {{ ref('stg_hrss__training_classes') }}
),

areas as (
    select * from {{ ref('int_crosswalks__areas') }}
),

departments as (
    select * from {{ ref('int_crosswalks__departments') }}
),

occupations as (
    select * from {{ ref('int_crosswalks__occupations') }}
),

industries as (
    select * from {{ ref('int_crosswalks__industries') }}
),

levels as (
    select * from {{ ref('int_crosswalks__levels') }}
),

resolved as (
    select
        classes.class_id,
        classes.class_name,
        classes.institution_uscc,
        classes.institution_name,
        departments.department_code,
        classes.training_type_code,
        occupations.occupation_code,
        levels.level_code,
        classes.is_subsidised,
        classes.is_demonstration,
        classes.class_status_code,
        classes.filed_on,
        classes.started_on,
        classes.ended_on,
        classes.planned_hours,
        classes.planned_trainee_count,
        classes._batch_id,
        classes._sheet,
        classes._row_number,
        coalesce(areas.located_area_code, 'unknown') as area_code,
        coalesce(occupations.family_code, classes.occupation_alias) as occupation_family,
        -- A training has one industry or none: the declared one, else that of the occupation.
        coalesce(industries.industry_code, occupations.industry_code, 'none') as industry_code
    from classes
    left join areas on classes.area_alias = areas.alias
    left join departments on classes.department_alias = departments.alias
    left join occupations on classes.occupation_alias = occupations.alias
    left join industries on classes.industry_alias = industries.alias
    left join levels on classes.level_alias = levels.alias
)

select * from resolved
