with classes as (
    select * from {{ ref('fct_classes') }}
),

competitions as (
    select * from {{ ref('fct_competitions') }}
),

registered as (
    select *
    from {{ ref('dim_institutions') }}
    where is_registered
),

enrolments as (
    select * from {{ ref('int_training__enrolled') }}
),

certificates as (
    select * from {{ ref('fct_certificates') }}
),

payments as (
    select * from {{ ref('fct_subsidy_payments') }}
),

results as (
    select * from {{ ref('fct_competition_results') }}
),

attendance as (
    select * from {{ ref('fct_attendance') }}
),

known as (
    select
        'hrss/training_classes' as referred_feed_id,
        class_id as referred_id
    from classes
    union all
    select
        'hrss/competitions' as referred_feed_id,
        competition_id as referred_id
    from competitions
    union all
    select
        'hrss/institutions' as referred_feed_id,
        institution_uscc as referred_id
    from registered
),

institution_events as (
    select * from {{ ref('fct_institution_events') }}
),

instructors as (
    select * from {{ ref('fct_instructors') }}
),

teacher_trainings as (
    select * from {{ ref('fct_teacher_trainings') }}
),

told as (
    select
        'hrss/enrolments' as feed_id,
        'hrss/training_classes' as referred_feed_id,
        class_id as referred_id,
        _batch_id,
        _sheet,
        _row_number
    from enrolments
    union all
    select
        'hrss/certificates' as feed_id,
        'hrss/training_classes' as referred_feed_id,
        class_id as referred_id,
        _batch_id,
        _sheet,
        _row_number
    from certificates
    union all
    select
        'hrss/subsidy_payments' as feed_id,
        'hrss/training_classes' as referred_feed_id,
        class_id as referred_id,
        _batch_id,
        _sheet,
        _row_number
    from payments
    union all
    select
        'hrss/competition_results' as feed_id,
        'hrss/competitions' as referred_feed_id,
        competition_id as referred_id,
        _batch_id,
        _sheet,
        _row_number
    from results
    union all
    select
        'hrss/training_classes' as feed_id,
        'hrss/institutions' as referred_feed_id,
        institution_uscc as referred_id,
        _batch_id,
        _sheet,
        _row_number
    from classes
    union all
    select
        'hrss/institution_events' as feed_id,
        'hrss/institutions' as referred_feed_id,
        institution_uscc as referred_id,
        _batch_id,
        _sheet,
        _row_number
    from institution_events
    union all
    select
        'hrss/instructors' as feed_id,
        'hrss/institutions' as referred_feed_id,
        institution_uscc as referred_id,
        _batch_id,
        _sheet,
        _row_number
    from instructors
    union all
    select
        'hrss/teacher_trainings' as feed_id,
        'hrss/institutions' as referred_feed_id,
        institution_uscc as referred_id,
        _batch_id,
        _sheet,
        _row_number
    from teacher_trainings
),

unresolved as (
    select told.*
    from told
    left join known
        on
            told.referred_feed_id = known.referred_feed_id
            and told.referred_id = known.referred_id
    where told.referred_id is not null and known.referred_id is null
    union all
    select
        'hrss/attendance' as feed_id,
        'hrss/enrolments' as referred_feed_id,
        enrolment_id as referred_id,
        _batch_id,
        _sheet,
        _row_number
    from attendance
    where report_id is null
)

select
    feed_id,
    referred_feed_id,
    referred_id,
    _batch_id,
    _sheet,
    _row_number
from unresolved
