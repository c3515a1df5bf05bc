with sessions as (
    select * from {{ ref('stg_hrss__assessment_sessions') }}
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
            partition by session_id
            order by period_starts_on desc, _batch_id desc, _sheet desc, _row_number desc
        ) as recency_no
    from sessions
),

resolved as (
    select
        sessions.session_id,
        sessions.institution_name,
        sessions.held_on,
        sessions.candidate_count,
        sessions.period_starts_on,
        sessions.period_ends_on,
        sessions._batch_id,
        sessions._sheet,
        sessions._row_number,
        coalesce(areas.located_area_code, 'unknown') as area_code,
        coalesce(sessions.has_external_supervisor, false) as has_external_supervisor
    from latest as sessions
    inner join run on sessions.held_on <= run.as_of_on
    left join areas on sessions.area_alias = areas.alias
    where sessions.recency_no = 1
)

select * from resolved
