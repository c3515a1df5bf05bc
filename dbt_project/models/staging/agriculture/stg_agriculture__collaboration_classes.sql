with current_rows as (
    {{ current_rows(
        'agriculture', 'collaboration_classes', batch=['period_starts_on', 'period_ends_on']
    ) }}
),

renamed as (
    select
        -- identifiers
        class_no as collaboration_class_id,

        -- attributes
        area as area_alias,
        partner_name,
        partner_province,
        class_mode as class_mode_code,
        cast(is_at_destination as boolean) as is_at_destination,

        -- dates
        cast(started_on as date) as started_on,
        cast(ended_on as date) as ended_on,
        cast(period_starts_on as date) as period_starts_on,
        cast(period_ends_on as date) as period_ends_on,

        -- quantities
        cast(person_times as int) as person_time_count,
        cast(placed_count as int) as placed_count,

        -- lineage
        _batch_id,
        _sheet,
        cast(_row_number as bigint) as _row_number
    from current_rows
)

select * from renamed
