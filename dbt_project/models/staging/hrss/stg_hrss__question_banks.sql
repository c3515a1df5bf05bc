with source as (
    select * from {{ source('hrss', 'question_banks') }}
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
        bank_no as bank_id,

        -- attributes
        bank_name,
        industry as industry_alias,
        cast(is_in_use as boolean) as is_in_use,
        cast(is_shared as boolean) as is_shared,

        -- dates
        cast(reviewed_on as date) as reviewed_on,
        cast(period_starts_on as date) as period_starts_on,
        cast(period_ends_on as date) as period_ends_on,

        -- lineage
        _batch_id,
        _sheet,
        cast(_row_number as bigint) as _row_number
    from current_rows
)

select * from renamed
