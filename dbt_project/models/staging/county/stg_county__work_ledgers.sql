with source as (
    select * from {{ source('county', 'work_ledgers') }}
),

current_batches as (
    select * from {{ ref('stg_landing__current_batches') }}
),

current_rows as (
    select
        source.*,
        current_batches.unit_code,
        current_batches.period_starts_on,
        current_batches.period_ends_on
    from source
    inner join current_batches on source._batch_id = current_batches.batch_id
),

renamed as (
    select
        -- identifiers
        unit_code as area_code,
        event_no as event_id,
        document_no as document_id,

        -- attributes
        event_kind as event_kind_code,
        title as event_title,

        -- dates
        cast(happened_on as date) as happened_on,
        cast(period_starts_on as date) as period_starts_on,
        cast(period_ends_on as date) as period_ends_on,

        -- lineage
        _batch_id,
        _sheet,
        cast(_row_number as bigint) as _row_number
    from current_rows
)

select * from renamed
