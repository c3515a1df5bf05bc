with trainings as (
    select * from {{ ref('fct_trainings') }}
),

by_month as (
    select
        area_code,
        industry_code,
        cast(date_trunc('month', ended_on) as date) as month_on,
        count(*) as person_time_count,
        count(distinct person_key) as person_count
    from trainings
    group by all
)

select * from by_month
