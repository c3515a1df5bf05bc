{{
    config(
        materialized=large_fact(),
        incremental_strategy='append',
        on_schema_change='fail',
        pre_hook="{{ forget_judged(ref('int_training__retold'), ref('int_training__judged'), 'training_id') }}"
    )
}}
-- depends_on: {{ ref('int_training__retold') }}

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
    where is_counted {{ and_is_judged(ref('int_training__judged'), 'report_id') }}
)

select * from counted
