with current_rows as (
    {{ current_rows('hrss', 'question_banks', batch=['period_starts_on', 'period_ends_on']) }}
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
