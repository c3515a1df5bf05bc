with current_rows as (
    {{ current_rows(
        'industry', 'education_funds', batch=['period_starts_on', 'period_ends_on']
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
        cast(required_cny as decimal(18, 2)) as required_cny,
        cast(drawn_cny as decimal(18, 2)) as drawn_cny,
        cast(front_line_cny as decimal(18, 2)) as front_line_cny,

        -- lineage
        _batch_id,
        _sheet,
        cast(_row_number as bigint) as _row_number
    from current_rows
)

select * from renamed
