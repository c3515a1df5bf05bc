with current_rows as (
    {{ current_rows(
        'finance', 'performance_evaluations', batch=['period_starts_on', 'period_ends_on']
    ) }}
),

renamed as (
    select
        -- identifiers
        project_no as project_id,

        -- attributes
        project_name,
        area as area_alias,
        cast(is_sampled as boolean) as is_sampled,

        -- dates
        cast(period_starts_on as date) as period_starts_on,
        cast(period_ends_on as date) as period_ends_on,

        -- quantities
        cast(amount_cny as decimal(18, 2)) as amount_cny,

        -- lineage
        _batch_id,
        _sheet,
        cast(_row_number as bigint) as _row_number
    from current_rows
)

select * from renamed
