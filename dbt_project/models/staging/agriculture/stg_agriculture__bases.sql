with current_rows as (
    {{ current_rows('agriculture', 'bases', batch=['period_starts_on', 'period_ends_on']) }}
),

renamed as (
    select
        -- identifiers
        base_no as base_id,

        -- attributes
        base_name,
        area as area_alias,
        status as base_status_code,

        -- dates
        cast(period_starts_on as date) as period_starts_on,
        cast(period_ends_on as date) as period_ends_on,

        -- quantities
        cast(person_times as int) as person_time_count,

        -- lineage
        _batch_id,
        _sheet,
        cast(_row_number as bigint) as _row_number
    from current_rows
)

select * from renamed
