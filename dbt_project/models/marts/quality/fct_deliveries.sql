with deliveries as (
    select * from {{ ref('stg_landing__deliveries') }}
),

kept as (
    select
        delivery_id,
        feed_id,
        file_name,
        file_sha256,
        outcome_code,
        breach_code,
        breach_place,
        breach_message,
        format_code,
        encoding_code,
        notes,
        delivered_at,
        handled_at,
        sequence_no,
        byte_count,
        delivered_count,
        landed_count,
        rejected_count,
        skipped_count
    from deliveries
)

select * from kept
