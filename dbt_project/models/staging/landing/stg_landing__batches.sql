with source as (
    select * from {{ source('landing', 'batches') }}
),

run as (
    select * from {{ ref('stg_landing__run') }}
),

renamed as (
    select
        -- identifiers
        batch_id,
        delivery_id,
        feed as feed_id,
        scope as scope_id,
        unit_code,

        -- attributes
        file_name,
        file_sha256,
        is_built,

        -- dates
        cast(period_start as date) as period_starts_on,
        cast(period_end as date) as period_ends_on,
        cast(delivered_at as timestamp) as delivered_at,
        cast(landed_at as timestamp) as landed_at,

        -- quantities
        cast(sequence as bigint) as sequence_no,
        cast(covers_rank as bigint) as covers_rank,
        cast(rows_delivered as bigint) as delivered_count,
        cast(rows_landed as bigint) as landed_count,
        cast(rows_rejected as bigint) as rejected_count,
        cast(rows_skipped as bigint) as skipped_count
    from source
),

known as (
    select renamed.*
    from renamed
    inner join run on renamed.delivered_at < run.known_before_at
)

select * from known
