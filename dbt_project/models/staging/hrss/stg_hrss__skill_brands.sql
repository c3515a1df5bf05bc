with current_rows as (
    {{ current_rows('hrss', 'skill_brands', batch=['period_starts_on', 'period_ends_on']) }}
),

renamed as (
    select
        -- attributes
        brand as brand_code,
        tier as brand_tier_code,
        area as area_alias,

        -- dates
        cast(period_starts_on as date) as period_starts_on,
        cast(period_ends_on as date) as period_ends_on,

        -- quantities
        cast(person_times as int) as person_time_count,
        cast(employed_count as int) as employed_count,

        -- lineage
        _batch_id,
        _sheet,
        cast(_row_number as bigint) as _row_number
    from current_rows
)

select * from renamed
