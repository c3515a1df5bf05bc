with source as (
    select * from {{ source('agriculture', 'bases') }}
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
        area as area_alias,
        status as base_status_code,

        -- dates
        cast(period_starts_on as date) as period_starts_on,
        cast(period_ends_on as date) as period_ends_on,

        -- quantities
        cast(person_times as int) as person_time_count,

        -- lineage
        _batch_id,
        _sheet,
        cast(_row_number as bigint) as _row_number
    from current_rows
)

select * from renamed
