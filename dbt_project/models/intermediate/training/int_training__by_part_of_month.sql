with trainings as (
    select * from {{ ref('fct_trainings') }}
),

thresholds as (
    select * from {{ ref('int_plan__thresholds') }}
),

added as (
    select
        trainings.area_code,
        trainings.industry_code,
        {{ part_of_month('trainings.ended_on', 'thresholds.month_first_day') }} as counted_on,
        count(*) as training_count
    from trainings
    cross join thresholds
    group by all
)

select * from added
