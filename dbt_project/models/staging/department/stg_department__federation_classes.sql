with current_rows as (
    {{ current_rows(
        'department', 'federation_classes',
        batch=['unit_code', 'period_starts_on', 'period_ends_on']
    ) }}
),

renamed as (
    select
        -- identifiers
        unit_code as department_code,
        class_no as class_id,

        -- attributes
        class_name,
        area as area_alias,
        audience as audience_code,
        occupation as occupation_alias,

        -- dates
        cast(started_on as date) as started_on,
        cast(ended_on as date) as ended_on,
        cast(period_starts_on as date) as period_starts_on,
        cast(period_ends_on as date) as period_ends_on,

        -- quantities
        cast(trained_count as int) as trained_count,
        cast(completed_count as int) as completed_count,

        -- lineage
        _batch_id,
        _sheet,
        cast(_row_number as bigint) as _row_number
    from current_rows
)

select * from renamed
