with current_rows as (
    {{ current_rows(
        'county', 'work_ledgers', batch=['unit_code', 'period_starts_on', 'period_ends_on']
    ) }}
),

renamed as (
    select
        -- identifiers
        unit_code as area_code,
        event_no as event_id,
        document_no as document_id,

        -- attributes
        event_kind as event_kind_code,
        title as event_title,

        -- dates
        cast(happened_on as date) as happened_on,
        cast(period_starts_on as date) as period_starts_on,
        cast(period_ends_on as date) as period_ends_on,

        -- lineage
        _batch_id,
        _sheet,
        cast(_row_number as bigint) as _row_number
    from current_rows
)

select * from renamed
