with source as (
    select * from {{ source('agriculture', 'east_west_bases') }}
),

current_batches as (
    select * from {{ ref('stg_landing__current_batches') }}
),

current_rows as (
    select
        source.*,
        current_batches.period_starts_on,
        current_batches.period_ends_on
    from source
    inner join current_batches on source._batch_id = current_batches.batch_id
),

renamed as (
    select
        -- identifiers
        base_no as base_id,

        -- attributes
        base_name,
        province,
        enterprise_name,

        -- dates
        cast(opened_on as date) as opened_on,
        cast(period_starts_on as date) as period_starts_on,
        cast(period_ends_on as date) as period_ends_on,

        -- quantities
        cast(pre_post_count as int) as pre_post_count,
        cast(transfer_count as int) as transfer_count,
        cast(in_post_count as int) as in_post_count,

        -- lineage
        _batch_id,
        _sheet,
        cast(_row_number as bigint) as _row_number
    from current_rows
)

select * from renamed
