with notices as (
    select * from {{ ref('stg_public__competition_notices') }}
),

kept as (
    select
        notice_id,
        competition_name,
        competition_level_code,
        competition_family_code,
        place,
        size_text,
        source_name,
        confidence_code,
        started_on_precision,
        ended_on_precision,
        started_on,
        ended_on,
        event_count,
        contestant_count,
        _batch_id,
        _sheet,
        _row_number
    from notices
)

select * from kept
