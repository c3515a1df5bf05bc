-- Every agreed feed says how fresh it is, and says what its batches and deliveries say.
with feeds as (
    select * from {{ ref('stg_landing__feeds') }}
),

freshness as (
    select * from {{ ref('feed_freshness') }}
),

batches as (
    select * from {{ ref('fct_batches') }}
),

delivered as (
    select
        feed_id,
        count(*) as batch_count,
        sum(landed_count) as landed_count,
        max(delivered_at) as last_delivered_at,
        max(period_ends_on) as covered_until_on
    from batches
    group by feed_id
)

select
    feeds.feed_id as rule_name,
    count(*) as broken_count
from feeds
left join freshness on feeds.feed_id = freshness.feed_id
left join delivered on feeds.feed_id = delivered.feed_id
where
    freshness.feed_id is null
    or freshness.batch_count <> coalesce(delivered.batch_count, 0)
    or freshness.landed_count <> coalesce(delivered.landed_count, 0)
    or freshness.last_delivered_at is distinct from delivered.last_delivered_at
    or freshness.covered_until_on is distinct from delivered.covered_until_on
group by feeds.feed_id
