with batches as (
    select * from {{ ref('stg_landing__batches') }}
),

current_batches as (
    select * from {{ ref('stg_landing__current_batches') }}
),

flagged as (
    select
        batches.batch_id,
        batches.delivery_id,
        batches.feed_id,
        batches.unit_code,
        batches.period_starts_on,
        batches.period_ends_on,
        batches.file_name,
        batches.file_sha256,
        batches.delivered_at,
        batches.landed_at,
        batches.delivered_count,
        batches.landed_count,
        batches.rejected_count,
        batches.skipped_count,
        current_batches.batch_id is not null as is_furthest
    from batches
    left join current_batches on batches.batch_id = current_batches.batch_id
)

select * from flagged
