{{
    config(
        materialized=large_fact(),
        incremental_strategy='append',
        pre_hook="{{ forget_retold(ref('stg_hrss__attendance'), 'attendance_id', 'enrolment_id') }}"
    )
}}

-- The feed has two ways in: an export that comes late never takes the place of what the table
-- has said since. Of two equal change times the later delivery counts.
with attendance as (
    {{
        newest_states(
            ref('stg_hrss__attendance'),
            record='attendance_id',
            owner='enrolment_id',
            newest_first=['updated_at', '_sequence_no', '_row_number']
        )
    }}
),

-- Only what is summed is carried: the feed is the largest of all.
valid as (
    select
        attendance_id,
        enrolment_id,
        class_id,
        session_on,
        attended_hours,
        _batch_id,
        _sheet,
        _row_number,
        attendance_status_code in ('present', 'late', 'left_early') as is_attended
    from attendance
    where coalesce(is_valid, true)
),

summed as (
    select
        enrolment_id,
        max_by(class_id, attendance_id) as class_id,
        min(session_on) as first_session_on,
        max(session_on) as last_session_on,
        count(*) as session_count,
        count(case when is_attended then 1 end) as attended_session_count,
        sum(case when is_attended then attended_hours else 0 end) as attended_hours,
        max_by(_batch_id, attendance_id) as _batch_id,
        max_by(_sheet, attendance_id) as _sheet,
        max_by(_row_number, attendance_id) as _row_number
    from valid
    group by enrolment_id
)

select * from summed
