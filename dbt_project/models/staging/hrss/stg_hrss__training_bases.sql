with current_rows as (
    {{ current_rows('hrss', 'training_bases', batch=['period_starts_on', 'period_ends_on']) }}
),

renamed as (
    select
        -- identifiers
        base_no as base_id,

        -- attributes
        base_name,
        area as area_alias,
        base_kind as base_kind_code,
        status as base_status_code,

        -- dates
        cast(funds_applied_on as date) as funds_applied_on,
        cast(construction_supported_on as date) as construction_supported_on,
        cast(period_starts_on as date) as period_starts_on,
        cast(period_ends_on as date) as period_ends_on,

        -- lineage
        _batch_id,
        _sheet,
        cast(_row_number as bigint) as _row_number
    from current_rows
)

select * from renamed
