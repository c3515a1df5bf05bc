with current_rows as (
    {{ current_rows('hrss', 'master_workshops', batch=['period_starts_on', 'period_ends_on']) }}
),

renamed as (
    select
        -- identifiers
        workshop_no as workshop_id,
        cast(leader_name_key as bigint) as leader_name_key,

        -- attributes
        workshop_name,
        host_name,
        area as area_alias,
        field as field_code,
        industry as industry_alias,
        workshop_level as workshop_level_code,
        status as workshop_status_code,
        preparing_level as preparing_level_code,

        -- dates
        cast(approved_on as date) as approved_on,
        cast(period_starts_on as date) as period_starts_on,
        cast(period_ends_on as date) as period_ends_on,

        -- quantities
        cast(apprentice_count as int) as apprentice_count,
        cast(innovation_count as int) as innovation_count,
        cast(training_person_times as int) as person_time_count,

        -- lineage
        _batch_id,
        _sheet,
        cast(_row_number as bigint) as _row_number
    from current_rows
)

select * from renamed
