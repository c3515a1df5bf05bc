with source as (
    select * from {{ source('department', 'manual_evidence') }}
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
        unit_code as department_code,
        indicator_no as indicator_id,
        document_no as document_id,

        -- attributes
        area as area_alias,
        confirming_department,

        -- dates
        cast(happened_on as date) as happened_on,
        cast(confirmed_on as date) as confirmed_on,
        cast(period_starts_on as date) as period_starts_on,
        cast(period_ends_on as date) as period_ends_on,

        -- quantities
        cast(stated_count as int) as stated_count,

        -- lineage
        _batch_id,
        _sheet,
        cast(_row_number as bigint) as _row_number
    from current_rows
)

select * from renamed
