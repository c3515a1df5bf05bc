with current_rows as (
    {{ current_rows(
        'department', 'special_reports', batch=['unit_code', 'period_starts_on', 'period_ends_on']
    ) }}
),

renamed as (
    select
        -- identifiers
        unit_code as department_code,
        special_report_no as special_report_id,

        -- attributes
        title as report_title,

        -- dates
        cast(due_on as date) as due_on,
        cast(filed_on as date) as filed_on,
        cast(period_starts_on as date) as period_starts_on,
        cast(period_ends_on as date) as period_ends_on,

        -- lineage
        _batch_id,
        _sheet,
        cast(_row_number as bigint) as _row_number
    from current_rows
)

select * from renamed
