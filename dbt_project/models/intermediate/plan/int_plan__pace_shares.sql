with periods as (
    select * from {{ ref('int_plan__periods') }}
),

pace_curves as (
    select * from {{ ref('pace_curves') }}
),

months as (
    select
        period_code,
        seen_until_on,
        has_begun,
        {{ months_between('calendar_starts_on', 'calendar_ends_on') }} as month_on
    from periods
),

dated as (
    select
        *,
        cast(month_on + interval '1' month as date) as next_month_on,
        least(
            seen_until_on, cast(month_on + interval '1' month - interval '1' day as date)
        ) as month_seen_until_on
    from months
),

-- Of a period, the days that lie in each month, and how many of them are over.
counted as (
    select
        period_code,
        month_on,
        {{ dbt.datediff('month_on', 'next_month_on', 'day') }} as day_count,
        case
            when has_begun
                then
                    greatest(
                        0, {{ dbt.datediff('month_on', 'month_seen_until_on', 'day') }} + 1
                    )
            else 0
        end as over_count
    from dated
),

shared as (
    select
        counted.period_code,
        pace_curves.pace_code,
        sum(
            pace_curves.year_share * counted.over_count / counted.day_count
        ) / sum(pace_curves.year_share) as due_share
    from counted
    inner join pace_curves on extract(month from counted.month_on) = pace_curves.month_no
    group by counted.period_code, pace_curves.pace_code
)

select * from shared
