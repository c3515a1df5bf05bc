with current_rows as (
    {{ current_rows(
        'department', 'annual_plans', batch=['unit_code', 'period_starts_on', 'period_ends_on']
    ) }}
),

renamed as (
    select
        -- identifiers
        unit_code as department_code,

        -- attributes
        industry as industry_alias,
        occupation as occupation_alias,
        fund_source as fund_source_alias,

        -- dates
        cast(period_starts_on as date) as period_starts_on,
        cast(period_ends_on as date) as period_ends_on,

        -- quantities
        cast(planned_class_count as int) as planned_class_count,
        cast(planned_person_times as int) as planned_person_time_count,
        cast(planned_funds_cny as decimal(18, 2)) as planned_funds_cny,

        -- lineage
        _batch_id,
        _sheet,
        cast(_row_number as bigint) as _row_number
    from current_rows
)

select * from renamed
