with classes as (
    select * from {{ ref('int_training__classes') }}
),

trainings as (
    select * from {{ ref('fct_trainings') }}
),

completions as (
    select
        class_id,
        count(*) as person_time_count
    from trainings
    where class_id is not null
    group by class_id
),

counted as (
    select
        classes.class_id,
        classes.class_name,
        classes.institution_uscc,
        classes.area_code,
        classes.department_code,
        classes.training_type_code,
        classes.occupation_code,
        classes.industry_code,
        classes.level_code,
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
        coalesce(completions.person_time_count, 0) as person_time_count
    from classes
    left join completions on classes.class_id = completions.class_id
)

select * from counted
