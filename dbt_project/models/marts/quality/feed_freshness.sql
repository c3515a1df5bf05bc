with feeds as (
    select * from {{ ref('stg_landing__feeds') }}
),

deliveries as (
    select * from {{ ref('stg_landing__deliveries') }}
),

batches as (
    select * from {{ ref('stg_landing__batches') }}
),

handled as (
    select
        feed_id,
        count(*) as delivery_count,
        sum(case when outcome_code = 'refused' then 1 else 0 end) as refused_count,
        max(handled_at) as last_handled_at
    from deliveries
    group by feed_id
),

landed as (
    select
        feed_id,
        count(*) as batch_count,
        max(period_ends_on) as covered_until_on,
        max(delivered_at) as last_delivered_at,
        sum(landed_count) as landed_count,
        sum(rejected_count) as rejected_count
    from batches
    group by feed_id
),

freshness as (
    select
        feeds.feed_id,
        feeds.feed_name_zh,
        feeds.feed_name_en,
        feeds.cadence_code,
        landed.covered_until_on,
        landed.last_delivered_at,
        handled.last_handled_at,
        cast(coalesce(handled.refused_count, 0) as bigint) as refused_count,
        cast(coalesce(landed.landed_count, 0) as bigint) as landed_count,
        cast(coalesce(landed.rejected_count, 0) as bigint) as rejected_count,
        coalesce(handled.delivery_count, 0) as delivery_count,
        coalesce(landed.batch_count, 0) as batch_count
    from feeds
    left join handled on feeds.feed_id = handled.feed_id
    left join landed on feeds.feed_id = landed.feed_id
)

select * from freshness
