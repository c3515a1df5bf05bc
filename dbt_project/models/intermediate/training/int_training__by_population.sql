with trainings as (
    select * from {{ ref('fct_trainings') }}
),

thresholds as (
    select * from {{ ref('int_plan__thresholds') }}
),

populations as (
    select * from {{ ref('population_aliases') }}
),

told as (
    select
        enrolments._batch_id,
        enrolments._sheet,
        enrolments._row_number,
        populations.population_code
    from {{ ref('stg_hrss__enrolments') }} as enrolments
    inner join populations on enrolments.person_type = populations.alias
    union all
    select
        ledgers._batch_id,
        ledgers._sheet,
        ledgers._row_number,
        populations.population_code
    from {{ ref('stg_county__training_ledgers') }} as ledgers
    inner join populations on ledgers.person_type = populations.alias
),

by_population as (
    select
        trainings.area_code,
        trainings.industry_code,
        told.population_code,
        {{ part_of_month('trainings.ended_on', 'thresholds.month_first_day') }} as counted_on,
        count(*) as training_count
    from trainings
    cross join thresholds
    inner join told
        on
            trainings._batch_id = told._batch_id
            and trainings._row_number = told._row_number
            and coalesce(trainings._sheet, '') = coalesce(told._sheet, '')
    group by all
)

select * from by_population
