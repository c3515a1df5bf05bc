with reports as (
    select * from {{ ref('fct_training_reports') }}
),

counted as (
    select
        training_id,
        reporter_kind,
        reporter_code,
        person_key,
        class_id,
        institution_uscc,
        area_code,
        industry_code,
        occupation_code,
        level_code,
        started_on,
        ended_on,
        report_count,
        attended_share,
        _batch_id,
        _sheet,
        _row_number
    from reports
    where is_counted
)

select * from counted
