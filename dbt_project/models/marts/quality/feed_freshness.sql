with run as (
    select * from {{ ref('stg_landing__run') }}
),

feeds as (
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

-- A source that says that nothing is new has answered as well.
answered as (
    select
        deliveries.feed_id,
        cast({{ shanghai_from_utc('max(deliveries.delivered_at)') }} as date) as answered_on
    from deliveries
    inner join run on deliveries.delivered_at < run.known_before_at
    where deliveries.outcome_code in ('landed', 'unchanged', 'nothing_new')
    group by deliveries.feed_id
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

-- The period that runs on the day of judgement, and the one before it.
timed as (
    select
        feeds.feed_id,
        feeds.cadence_code,
        feeds.due_day_no,
        run.as_of_on,
        cast(
            case feeds.cadence_code
                when 'monthly' then date_trunc('month', run.as_of_on)
                when 'quarterly' then date_trunc('quarter', run.as_of_on)
                when 'yearly' then date_trunc('year', run.as_of_on)
            end as date
        ) as period_starts_on,
        cast(
            case feeds.cadence_code
                when 'monthly' then date_trunc('month', run.as_of_on) - interval '1' month
                when 'quarterly' then date_trunc('quarter', run.as_of_on) - interval '3' month
                when 'yearly' then date_trunc('year', run.as_of_on) - interval '1' year
            end as date
        ) as former_period_starts_on
    from feeds
    cross join run
),

-- The last day that must be known by then. A day that a month lacks falls due on its last day.
due as (
    select
        feed_id,
        case
            when cadence_code = 'daily' then cast(as_of_on - interval '1' day as date)
            when
                as_of_on > last_day(period_starts_on)
                or extract(day from as_of_on) > coalesce(due_day_no, 31)
                then cast(period_starts_on - interval '1' day as date)
            else cast(former_period_starts_on - interval '1' day as date)
        end as due_until_on
    from timed
),

freshness as (
    select
        feeds.feed_id,
        feeds.feed_name_zh,
        feeds.feed_name_en,
        feeds.cadence_code,
        landed.covered_until_on,
        answered.answered_on,
        due.due_until_on,
        landed.last_delivered_at,
        handled.last_handled_at,
        cast(coalesce(handled.refused_count, 0) as bigint) as refused_count,
        cast(coalesce(landed.landed_count, 0) as bigint) as landed_count,
        cast(coalesce(landed.rejected_count, 0) as bigint) as rejected_count,
        coalesce(handled.delivery_count, 0) as delivery_count,
        coalesce(landed.batch_count, 0) as batch_count,
        coalesce(landed.covered_until_on, answered.answered_on) as known_until_on
    from feeds
    inner join due on feeds.feed_id = due.feed_id
    left join handled on feeds.feed_id = handled.feed_id
    left join answered on feeds.feed_id = answered.feed_id
    left join landed on feeds.feed_id = landed.feed_id
),

judged as (
    select
        *,
        due_until_on is not null
        and coalesce(known_until_on < due_until_on, true) as is_stale
    from freshness
)

select * from judged
