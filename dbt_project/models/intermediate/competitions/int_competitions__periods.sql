with batches as (
    select * from {{ ref('stg_landing__current_batches') }}
),

periods as (
    select * from {{ ref('int_plan__periods') }}
),

-- Periods that a list of competitions speaks for: in these, none means zero.
listed as (
    select
        batches.feed_id,
        periods.period_code
    from batches
    inner join periods
        on
            coalesce(batches.period_starts_on, periods.starts_on)
            between periods.starts_on and periods.ends_on
    where
        batches.feed_id in ('hrss/competitions', 'hrss/competition_results')
        and periods.period_kind in ('year', 'cumulative')
        and periods.has_begun
    group by all
)

select * from listed
