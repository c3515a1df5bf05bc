with batches as (
    select * from {{ ref('stg_landing__current_batches') }}
),

indicator_feeds as (
    select * from {{ ref('indicator_feeds') }}
),

periods as (
    select * from {{ ref('int_plan__periods') }}
),

-- Periods of which a feed has told. Who delivers unit by unit answers for that unit alone.
answered as (
    select
        indicator_feeds.indicator_id,
        periods.period_code,
        coalesce(batches.unit_code, 'any') as answering_code
    from batches
    inner join indicator_feeds on batches.feed_id = indicator_feeds.feed_id
    inner join periods
        on
            coalesce(batches.period_starts_on, periods.starts_on) <= periods.ends_on
            and coalesce(batches.period_ends_on, periods.ends_on) >= periods.starts_on
    where periods.has_begun
    group by all
)

select * from answered
