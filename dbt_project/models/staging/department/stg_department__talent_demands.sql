with current_rows as (
    {{ current_rows(
        'department', 'talent_demands', batch=['unit_code', 'period_starts_on', 'period_ends_on']
    ) }}
),

renamed as (
    select
        -- identifiers
        unit_code as department_code,

        -- attributes
        demand_kind as demand_kind_code,
        title as demand_title,
        industry as industry_alias,

        -- dates
        cast(published_on as date) as published_on,
        cast(period_starts_on as date) as period_starts_on,
        cast(period_ends_on as date) as period_ends_on,

        -- quantities
        cast(demanded_count as int) as demanded_count,

        -- lineage
        _batch_id,
        _sheet,
        cast(_row_number as bigint) as _row_number
    from current_rows
)

select * from renamed
