with source as (
    select * from {{ source('department', 'special_reports') }}
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
        special_report_no as special_report_id,

        -- attributes
        title as report_title,

        -- dates
        cast(due_on as date) as due_on,
        cast(filed_on as date) as filed_on,
        cast(period_starts_on as date) as period_starts_on,
        cast(period_ends_on as date) as period_ends_on,

        -- lineage
        _batch_id,
        _sheet,
        cast(_row_number as bigint) as _row_number
    from current_rows
)

select * from renamed
