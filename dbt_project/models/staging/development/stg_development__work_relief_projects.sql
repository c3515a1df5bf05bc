with current_rows as (
    {{ current_rows(
        'development', 'work_relief_projects', batch=['period_starts_on', 'period_ends_on']
    ) }}
),

renamed as (
    select
        -- identifiers
        project_no as project_id,

        -- attributes
        project_name,
        area as area_alias,
        department as department_alias,
        status as project_status_code,

        -- dates
        cast(period_starts_on as date) as period_starts_on,
        cast(period_ends_on as date) as period_ends_on,

        -- quantities
        cast(trained_count as int) as trained_count,

        -- lineage
        _batch_id,
        _sheet,
        cast(_row_number as bigint) as _row_number
    from current_rows
)

select * from renamed
