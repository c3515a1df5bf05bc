with outcomes as (
    select * from {{ ref('stg_hrss__employment_outcomes') }}
),

areas as (
    select * from {{ ref('int_crosswalks__areas') }}
),

parameters as (
    select * from {{ ref('int_plan__thresholds') }}
),

run as (
    select * from {{ ref('stg_landing__run') }}
),

resolved as (
    select
        outcomes.class_id,
        outcomes.person_key,
        outcomes.population_code,
        outcomes.completed_on,
        outcomes.employed_on,
        outcomes.period_starts_on,
        outcomes.period_ends_on,
        outcomes._batch_id,
        outcomes._sheet,
        outcomes._row_number,
        run.as_of_on,
        coalesce(areas.located_area_code, 'unknown') as area_code,
        cast(
            {{ dbt.dateadd('day', 'parameters.employment_days', 'outcomes.completed_on') }} as date
        ) as due_on
    from outcomes
    inner join run on outcomes.completed_on <= run.as_of_on
    cross join parameters
    left join areas on outcomes.area_alias = areas.alias
),

followed as (
    select
        *,
        coalesce(employed_on <= least(due_on, as_of_on), false) as is_in_time
    from resolved
),

-- Who has found no work is judged when the time for it is over.
judged as (
    select
        *,
        is_in_time or due_on <= as_of_on as is_judged
    from followed
)

select * from judged
