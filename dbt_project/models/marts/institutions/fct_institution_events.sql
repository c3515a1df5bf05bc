with events as (
    select * from {{ ref('stg_hrss__institution_events') }}
),

areas as (
    select * from {{ ref('int_crosswalks__areas') }}
),

run as (
    select * from {{ ref('stg_landing__run') }}
),

-- What stands in two lists; the later list knows.
latest as (
    select
        *,
        row_number() over (
            partition by institution_event_id
            order by period_starts_on desc, _batch_id desc, _sheet desc, _row_number desc
        ) as recency_no
    from events
),

resolved as (
    select
        events.institution_event_id,
        events.institution_uscc,
        events.institution_name,
        events.event_kind_code,
        events.event_result_code,
        events.happened_on,
        events.replaced_event_id,
        events.period_starts_on,
        events.period_ends_on,
        events._batch_id,
        events._sheet,
        events._row_number,
        coalesce(areas.located_area_code, 'unknown') as area_code,
        coalesce(events.is_private, false) as is_private
    from latest as events
    inner join run on events.happened_on <= run.as_of_on
    left join areas on events.area_alias = areas.alias
    where events.recency_no = 1
)

select * from resolved
