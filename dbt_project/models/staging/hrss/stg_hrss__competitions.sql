with current_rows as (
    {{ current_rows('hrss', 'competitions') }}
),

renamed as (
    select
        -- identifiers
        competition_no as competition_id,

        -- attributes
        competition_name,
        competition_level as competition_level_code,
        competition_family as competition_family_code,
        organiser as organiser_alias,
        area as area_alias,
        industry as industry_alias,
        cast(is_comprehensive as boolean) as is_comprehensive,

        -- dates
        cast(started_on as date) as started_on,
        cast(ended_on as date) as ended_on,

        -- quantities
        cast(event_count as int) as event_count,
        cast(contestant_count as int) as contestant_count,
        cast(coach_count as int) as coach_count,

        -- lineage
        _batch_id,
        _sheet,
        cast(_row_number as bigint) as _row_number
    from current_rows
)

select * from renamed
