with events as (
    select * from {{ ref('stg_county__work_ledgers') }}
),

run as (
    select * from {{ ref('stg_landing__run') }}
),

resolved as (
    select
        events.area_code,
        events.event_id,
        events.event_kind_code,
        events.event_title,
        events.happened_on,
        events.document_id,
        events.period_starts_on,
        events.period_ends_on,
        events._batch_id,
        events._sheet,
        events._row_number
    from events
    inner join run on events.happened_on <= run.as_of_on
)

select * from resolved
