with current_rows as (
    {{ current_rows(
        'department', 'manual_evidence', batch=['unit_code', 'period_starts_on', 'period_ends_on']
    ) }}
),

renamed as (
    select
        -- identifiers
        unit_code as department_code,
        indicator_no as indicator_id,
        document_no as document_id,

        -- attributes
        area as area_alias,
        confirming_department,

        -- dates
        cast(happened_on as date) as happened_on,
        cast(confirmed_on as date) as confirmed_on,
        cast(period_starts_on as date) as period_starts_on,
        cast(period_ends_on as date) as period_ends_on,

        -- quantities
        cast(stated_count as int) as stated_count,

        -- lineage
        _batch_id,
        _sheet,
        cast(_row_number as bigint) as _row_number
    from current_rows
)

select * from renamed
