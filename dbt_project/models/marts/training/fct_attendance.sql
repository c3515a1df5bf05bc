with attended as (
    select * from {{ ref('int_training__attended') }}
),

reports as (
    select * from {{ ref('int_training__platform_reports') }}
),

placed as (
    select
        attended.enrolment_id,
        reports.report_id,
        attended.class_id,
        attended.first_session_on,
        attended.last_session_on,
        attended.session_count,
        attended.attended_session_count,
        cast(attended.attended_hours as decimal(18, 2)) as attended_hours,
        reports.planned_hours,
        reports.attended_share,
        attended._batch_id,
        attended._sheet,
        attended._row_number
    from attended
    left join reports on 'hrss|' || attended.enrolment_id = reports.report_id
)

select * from placed
