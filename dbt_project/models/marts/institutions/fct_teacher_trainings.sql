with trainings as (
    select * from {{ ref('stg_hrss__teacher_trainings') }}
),

run as (
    select * from {{ ref('stg_landing__run') }}
),

resolved as (
    select
        trainings.teacher_class_id,
        trainings.training_kind_code,
        trainings.person_key,
        trainings.institution_uscc,
        trainings.started_on,
        trainings.ended_on,
        trainings.period_starts_on,
        trainings.period_ends_on,
        trainings._batch_id,
        trainings._sheet,
        trainings._row_number
    from trainings
    inner join run on trainings.ended_on <= run.as_of_on
)

select * from resolved
