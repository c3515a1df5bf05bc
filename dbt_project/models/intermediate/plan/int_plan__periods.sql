{{ config(materialized='table') }}

with plans as (
    select * from {{ ref('plans') }}
),

thresholds as (
    select * from {{ ref('int_plan__thresholds') }}
),

run as (
    select * from {{ ref('stg_landing__run') }}
),

months as (
    select
        plans.starts_on as plan_starts_on,
        plans.ends_on as plan_ends_on,
        {{ months_between('plans.starts_on', 'plans.ends_on') }} as month_on
    from plans
),

numbered as (
    select
        plan_starts_on,
        plan_ends_on,
        month_on,
        cast(extract(year from month_on) as string) as year_no,
        cast(extract(quarter from month_on) as string) as quarter_no,
        right('0' || cast(extract(month from month_on) as string), 2) as month_no
    from months
),

spans as (
    select
        'month' as period_kind,
        year_no || '-' || month_no as period_code,
        month_on as first_month_on,
        month_on as last_month_on
    from numbered
    group by all
    union all
    select
        'quarter' as period_kind,
        year_no || '-Q' || quarter_no as period_code,
        min(month_on) as first_month_on,
        max(month_on) as last_month_on
    from numbered
    group by all
    union all
    select
        'year' as period_kind,
        year_no as period_code,
        min(month_on) as first_month_on,
        max(month_on) as last_month_on
    from numbered
    group by all
    union all
    select
        'cumulative' as period_kind,
        min(year_no) || '-' || max(year_no) as period_code,
        min(month_on) as first_month_on,
        max(month_on) as last_month_on
    from numbered
    group by plan_starts_on, plan_ends_on
    union all
    select
        'end' as period_kind,
        max(year_no) || '-end' as period_code,
        min(month_on) as first_month_on,
        max(month_on) as last_month_on
    from numbered
    group by plan_starts_on, plan_ends_on
),

calendar as (
    select
        period_kind,
        period_code,
        first_month_on as calendar_starts_on,
        cast(last_month_on + interval '1' month - interval '1' day as date) as calendar_ends_on
    from spans
),

-- Months may begin on another day than the first; quarters and years are those of the calendar.
dated as (
    select
        calendar.period_kind,
        calendar.period_code,
        calendar.calendar_starts_on,
        calendar.calendar_ends_on,
        case calendar.period_kind
            when 'month'
                then
                    {{ month_starts_on(
                        'calendar.calendar_starts_on', 'thresholds.month_first_day'
                    ) }}
            else calendar.calendar_starts_on
        end as starts_on,
        case calendar.period_kind
            when 'month'
                then
                    cast(
                        {{ month_starts_on(
                            "cast(calendar.calendar_starts_on + interval '1' month as date)",
                            'thresholds.month_first_day'
                        ) }} - interval '1' day as date
                    )
            else calendar.calendar_ends_on
        end as ends_on
    from calendar
    cross join thresholds
),

timed as (
    select
        dated.period_code,
        dated.period_kind,
        dated.starts_on,
        dated.ends_on,
        dated.calendar_starts_on,
        dated.calendar_ends_on,
        least(dated.ends_on, run.as_of_on) as seen_until_on,
        run.as_of_on >= dated.starts_on as has_begun,
        run.as_of_on >= dated.ends_on as is_over,
        greatest(
            0,
            {{ dbt.datediff('dated.starts_on', 'least(dated.ends_on, run.as_of_on)', 'day') }} + 1
        ) as elapsed_days,
        {{ dbt.datediff('dated.starts_on', 'dated.ends_on', 'day') }} + 1 as total_days
    from dated
    cross join run
)

select * from timed
