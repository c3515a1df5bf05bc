with enrolments as (
    select * from {{ ref('stg_hrss__enrolments') }}
),

classes as (
    select * from {{ ref('int_training__classes') }}
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
        classes.started_on,
        classes.ended_on,
        enrolments._batch_id,
        enrolments._sheet,
        enrolments._row_number,
        'hrss|' || enrolments.enrolment_id as report_id,
        coalesce(enrolments.is_valid, true) as is_valid,
        classes.class_id is not null as has_class,
        cast(enrolments.attended_hours as double)
        / nullif(classes.planned_hours, 0) as attended_share
    from enrolments
    left join classes on enrolments.class_id = classes.class_id
)

select * from reported
