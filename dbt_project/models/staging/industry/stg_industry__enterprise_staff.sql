with current_rows as (
    {{ current_rows(
        'industry', 'enterprise_staff', batch=['period_starts_on', 'period_ends_on']
    ) }}
),

renamed as (
    select
        -- identifiers
        enterprise_uscc,

        -- attributes
        area as area_alias,
        industry as industry_alias,

        -- dates
        cast(period_starts_on as date) as period_starts_on,
        cast(period_ends_on as date) as period_ends_on,

        -- quantities
        cast(staff_count as int) as staff_count,
        cast(certified_count as int) as certified_count,
        cast(hazardous_count as int) as hazardous_count,
        cast(hazardous_certified_count as int) as hazardous_certified_count,
        cast(equipment_count as int) as equipment_count,
        cast(equipment_certified_count as int) as equipment_certified_count,

        -- lineage
        _batch_id,
        _sheet,
        cast(_row_number as bigint) as _row_number
    from current_rows
)

select * from renamed
