{{
    config(
        materialized=large_fact(),
        incremental_strategy='append',
        on_schema_change='fail',
        pre_hook="{{ forget_judged(ref('int_training__retold'), ref('int_training__judged'), 'report_id') }}"
    )
}}
-- depends_on: {{ ref('int_training__retold') }}

with judged as (
    select * from {{ ref('int_training__judged') }}
),

rules as (
    select * from {{ ref('waterfall_rules') }}
),

kept as (
    select
        judged.report_id,
        judged.training_id,
        judged.reporter_kind,
        judged.reporter_code,
        judged.person_key,
        judged.class_id,
        judged.institution_uscc,
        judged.area_code,
        judged.industry_code,
        judged.occupation_code,
        judged.level_code,
        judged.completion_code,
        judged.started_on,
        judged.ended_on,
        rules.step_code as removal_step_code,
        judged.removal_rule_code,
        judged.report_count,
        judged.attended_share,
        judged._batch_id,
        judged._sheet,
        judged._row_number,
        judged.removal_rule_code is null as is_counted
    from judged
    left join rules on judged.removal_rule_code = rules.rule_code
)

select * from kept
