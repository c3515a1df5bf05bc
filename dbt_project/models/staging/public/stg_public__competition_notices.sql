with current_rows as (
    {{ current_rows('public', 'competition_notices') }}
),

renamed as (
    select
        -- identifiers
        notice_no as notice_id,

        -- attributes
        competition_name,
        competition_level as competition_level_code,
        competition_family as competition_family_code,
        place,
        size_text,
        source_name,
        confidence as confidence_code,
        started_on_precision,
        ended_on_precision,

        -- dates
        cast(started_on as date) as started_on,
        cast(ended_on as date) as ended_on,

        -- quantities
        cast(event_count as int) as event_count,
        cast(contestant_count as int) as contestant_count,

        -- lineage
        _batch_id,
        _sheet,
        cast(_row_number as bigint) as _row_number
    from current_rows
)

select * from renamed
