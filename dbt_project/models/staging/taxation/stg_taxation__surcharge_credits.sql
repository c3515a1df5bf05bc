with current_rows as (
    {{ current_rows(
        'taxation', 'surcharge_credits', batch=['period_starts_on', 'period_ends_on']
    ) }}
),

renamed as (
    select
        -- identifiers
        enterprise_uscc,

        -- attributes
        area as area_alias,

        -- dates
        cast(period_starts_on as date) as period_starts_on,
        cast(period_ends_on as date) as period_ends_on,

        -- quantities
        cast(investment_cny as decimal(18, 2)) as investment_cny,
        cast(surcharge_due_cny as decimal(18, 2)) as surcharge_due_cny,
        cast(credit_cny as decimal(18, 2)) as credit_cny,

        -- lineage
        _batch_id,
        _sheet,
        cast(_row_number as bigint) as _row_number
    from current_rows
)

select * from renamed
