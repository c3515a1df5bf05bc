with trainings as (
    select * from {{ ref('fct_trainings') }}
),

periods as (
    select * from {{ ref('int_plan__periods') }}
),

within as (
    select
        periods.period_code,
        trainings.area_code,
        trainings.industry_code,
        trainings.person_key
    from trainings
    inner join periods
        on trainings.ended_on between periods.starts_on and periods.ends_on
    where periods.period_kind in ('cumulative', 'year')
),

-- Persons do not add up over areas or industries: counted afresh at each grain.
in_city as (
    select
        period_code,
        {{ city_code() }} as area_code,
        'all' as industry_code,
        count(*) as person_time_count,
        count(distinct person_key) as person_count
    from within
    group by all
),

by_area as (
    select
        period_code,
        area_code,
        'all' as industry_code,
        count(*) as person_time_count,
        count(distinct person_key) as person_count
    from within
    group by all
),

by_industry as (
    select
        period_code,
        {{ city_code() }} as area_code,
        industry_code,
        count(*) as person_time_count,
        count(distinct person_key) as person_count
    from within
    group by all
),

counted as (
    select * from in_city
    union all
    select * from by_area
    union all
    select * from by_industry
)

select * from counted
