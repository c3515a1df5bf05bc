with deliveries as (
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
        handled.feed_id,
        handled.delivery_count,
        cast(handled.refused_count as bigint) as refused_count,
        landed.covered_until_on,
        landed.last_delivered_at,
        handled.last_handled_at,
        cast(coalesce(landed.landed_count, 0) as bigint) as landed_count,
        cast(coalesce(landed.rejected_count, 0) as bigint) as rejected_count,
        coalesce(landed.batch_count, 0) as batch_count
    from handled
    left join landed on handled.feed_id = landed.feed_id
)

select * from freshness
