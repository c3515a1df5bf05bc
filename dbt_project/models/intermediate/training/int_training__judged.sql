with screened as (
    select * from {{ ref('int_training__screened') }}
),

matched as (
    select * from {{ ref('int_training__matched') }}
),

thresholds as (
    select * from {{ ref('int_plan__thresholds') }}
),

-- A masked identity lands without a key: such a report is a training of its own.
identified as (
    select
        screened.*,
        case
            when screened.removal_rule_code is null
                then coalesce(matched.training_id, screened.report_id)
        end as training_id,
        coalesce(matched.report_count, 1) as report_count,
        coalesce(
            matched.completed_flag = 1, screened.completion_code = 'completed'
        ) as is_completed,
        coalesce(matched.attended_share, screened.attended_share) as best_attended_share
    from screened
    left join matched on screened.report_id = matched.report_id
),

judged as (
    select
        identified.report_id,
        identified.training_id,
        identified.report_count,
        identified.reporter_kind,
        identified.reporter_code,
        identified.person_key,
        identified.class_id,
        identified.institution_uscc,
        identified.area_code,
        identified.occupation_code,
        identified.industry_code,
        identified.level_code,
        identified.completion_code,
        identified.started_on,
        identified.ended_on,
        identified.best_attended_share as attended_share,
        identified._batch_id,
        identified._sheet,
        identified._row_number,
        case
            when identified.removal_rule_code is not null then identified.removal_rule_code
            when identified.training_id <> identified.report_id then 'duplicate_of_other_report'
            when not identified.is_completed then 'not_completed'
            when identified.best_attended_share < thresholds.attendance_floor_share
                then 'below_attendance_floor'
        end as removal_rule_code
    from identified
    cross join thresholds
)

select * from judged
