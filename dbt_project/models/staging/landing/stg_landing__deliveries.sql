with source as (
    select * from {{ source('landing', 'deliveries') }}
),

renamed as (
    select
        -- identifiers
        delivery_id,
        feed as feed_id,

        -- attributes
        name as file_name,
        sha256 as file_sha256,
        outcome as outcome_code,
        breach_code,
        breach_where as breach_place,
        breach_message,
        format as format_code,
        encoding as encoding_code,
        notes,

        -- dates
        cast(delivered_at as timestamp) as delivered_at,
        cast(handled_at as timestamp) as handled_at,

        -- quantities
        cast(sequence as bigint) as sequence_no,
        cast(size as bigint) as byte_count,
        cast(rows_delivered as bigint) as delivered_count,
        cast(rows_landed as bigint) as landed_count,
        cast(rows_rejected as bigint) as rejected_count,
        cast(rows_skipped as bigint) as skipped_count
    from source
)

select * from renamed
