with current_rows as (
    {{ current_rows(
        'hrss', 'institution_events', batch=['period_starts_on', 'period_ends_on']
    ) }}
),

renamed as (
    select
        -- identifiers
        event_no as institution_event_id,
        institution_uscc,
        replaces_event_no as replaced_event_id,

        -- attributes
        institution_name,
        area as area_alias,
        event_kind as event_kind_code,
        event_result as event_result_code,
        cast(is_private as boolean) as is_private,

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
