with current_rows as (
    {{ current_rows('education', 'partnerships', batch=['period_starts_on', 'period_ends_on']) }}
),

renamed as (
    select
        -- identifiers
        partnership_no as partnership_id,

        -- attributes
        school_name,
        area as area_alias,
        partner_name,
        partner_kind as partner_kind_code,
        partner_province,
        cast(has_training_base as boolean) as has_training_base,

        -- dates
        cast(signed_on as date) as signed_on,
        cast(ended_on as date) as ended_on,
        cast(period_starts_on as date) as period_starts_on,
        cast(period_ends_on as date) as period_ends_on,

        -- lineage
        _batch_id,
        _sheet,
        cast(_row_number as bigint) as _row_number
    from current_rows
)

select * from renamed
