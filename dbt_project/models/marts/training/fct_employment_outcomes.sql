with outcomes as (
    select * from {{ ref('stg_hrss__employment_outcomes') }}
),

areas as (
    select * from {{ ref('int_crosswalks__areas') }}
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
        coalesce(areas.located_area_code, 'unknown') as area_code
    from outcomes
    inner join run on outcomes.completed_on <= run.as_of_on
    left join areas on outcomes.area_alias = areas.alias
)

select * from resolved
