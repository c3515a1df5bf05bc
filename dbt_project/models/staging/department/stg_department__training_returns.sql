with current_rows as (
    {{ current_rows(
        'department', 'training_returns', batch=['unit_code', 'period_starts_on', 'period_ends_on']
    ) }}
),

renamed as (
    select
        -- identifiers
        unit_code as department_code,

        -- attributes
        industry as industry_alias,

        -- dates
        cast(period_starts_on as date) as period_starts_on,
        cast(period_ends_on as date) as period_ends_on,

        -- quantities
        cast(class_count as int) as class_count,
        cast(person_times as int) as person_time_count,
        cast(person_times_ytd as int) as person_time_ytd_count,
        cast(certificate_count as int) as certificate_count,
        cast(high_skilled_count as int) as high_skilled_count,
        cast(funds_cny as decimal(18, 2)) as funds_cny,

        -- lineage
        _batch_id,
        _sheet,
        cast(_row_number as bigint) as _row_number
    from current_rows
)

select * from renamed
