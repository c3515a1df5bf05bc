with current_rows as (
    {{ current_rows(
        'civil_affairs', 'institution_finances', batch=['period_starts_on', 'period_ends_on']
    ) }}
),

renamed as (
    select
        -- identifiers
        institution_uscc,

        -- attributes
        institution_name,
        area as area_alias,

        -- dates
        cast(period_starts_on as date) as period_starts_on,
        cast(period_ends_on as date) as period_ends_on,

        -- quantities
        cast(surplus_cny as decimal(18, 2)) as surplus_cny,
        cast(reinvested_cny as decimal(18, 2)) as reinvested_cny,

        -- lineage
        _batch_id,
        _sheet,
        cast(_row_number as bigint) as _row_number
    from current_rows
)

select * from renamed
