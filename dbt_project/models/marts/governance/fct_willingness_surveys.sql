with surveys as (
    select * from {{ ref('stg_county__willingness_surveys') }}
),

run as (
    select * from {{ ref('stg_landing__run') }}
),

resolved as (
    select
        surveys.area_code,
        surveys.survey_id,
        surveys.survey_name,
        surveys.completed_on,
        surveys.township_count,
        surveys.surveyed_count,
        surveys.willing_count,
        surveys.job_seeker_count,
        surveys.wanted_occupations,
        surveys.period_starts_on,
        surveys.period_ends_on,
        surveys._batch_id,
        surveys._sheet,
        surveys._row_number
    from surveys
    inner join run on surveys.completed_on <= run.as_of_on
)

select * from resolved
