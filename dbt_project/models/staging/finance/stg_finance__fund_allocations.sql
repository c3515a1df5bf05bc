with current_rows as (
    {{ current_rows(
        'finance', 'fund_allocations', batch=['period_starts_on', 'period_ends_on']
    ) }}
),

renamed as (
    select
        -- attributes
        area as area_alias,
        fund_source as fund_source_alias,

        -- dates
        cast(period_starts_on as date) as period_starts_on,
        cast(period_ends_on as date) as period_ends_on,

        -- quantities
        cast(allocated_cny as decimal(18, 2)) as allocated_cny,
        cast(disbursed_cny as decimal(18, 2)) as disbursed_cny,

        -- lineage
        _batch_id,
        _sheet,
        cast(_row_number as bigint) as _row_number
    from current_rows
)

select * from renamed
