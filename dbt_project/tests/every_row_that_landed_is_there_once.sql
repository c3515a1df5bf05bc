-- A source holds the rows that its batches are on record with, rejected ones included, and no
-- other: one that was emptied, halved or read twice is not what the agency delivered.
with batches as (
    select * from {{ source('landing', 'batches') }}
),

rejections as (
    select * from {{ source('landing', 'rejections') }}
),

landed as (
    {{ landed_counts() }}
),

rejected as (
    select
        feed as feed_id,
        batch_id,
        count(*) as found_count
    from rejections
    group by all
),

landed_apart as (
    select
        'landed rows of ' || coalesce(batches.feed, landed.feed_id) as rule_name,
        abs(coalesce(batches.rows_landed, 0) - coalesce(landed.found_count, 0)) as broken_count
    from batches
    full outer join landed
        on batches.feed = landed.feed_id and batches.batch_id = landed.batch_id
),

rejected_apart as (
    select
        'rejected rows of ' || coalesce(batches.feed, rejected.feed_id) as rule_name,
        abs(coalesce(batches.rows_rejected, 0) - coalesce(rejected.found_count, 0)) as broken_count
    from batches
    full outer join rejected
        on batches.feed = rejected.feed_id and batches.batch_id = rejected.batch_id
),

apart as (
    select * from landed_apart
    union all
    select * from rejected_apart
)

select
    rule_name,
    sum(broken_count) as broken_count
from apart
where broken_count > 0
group by rule_name
