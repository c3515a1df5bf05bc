with enrolments as (
    select * from {{ ref('int_training__enrolled') }}
),

classes as (
    select * from {{ ref('int_training__classes') }}
),

attended as (
    select * from {{ ref('int_training__attended') }}
),

reported as (
    select
        'hrss' as reporter_kind,
        'hrss' as reporter_code,
        enrolments.person_key,
        enrolments.person_birth_year,
        enrolments.class_id,
        classes.institution_uscc,
        classes.area_code,
        classes.occupation_code,
        classes.occupation_family,
        classes.industry_code,
        classes.level_code,
        classes.class_status_code,
        enrolments.completion_code,
        enrolments.is_valid,
        classes.started_on,
        classes.ended_on,
        enrolments._batch_id,
        enrolments._sheet,
        enrolments._row_number,
        classes.planned_hours,
        'hrss|' || enrolments.enrolment_id as report_id,
        classes.class_id is not null as has_class,
        -- Where people signed in, that tells; else the roster does.
        coalesce(attended.attended_hours, enrolments.attended_hours) as attended_hours
    from enrolments
    left join classes on enrolments.class_id = classes.class_id
    left join attended on enrolments.enrolment_id = attended.enrolment_id
),

shared as (
    select
        *,
        case
            when attended_hours >= planned_hours then 1
            else cast(attended_hours as double) / nullif(planned_hours, 0)
        end as attended_share
    from reported
)

select * from shared
