{{ config(materialized='table') }}

with run as (
    select * from {{ ref('stg_landing__run') }}
),

plans as (
    select
        min(starts_on) as starts_on,
        max(ends_on) as ends_on
    from {{ ref('plans') }}
),

reports as (
    {{
        union_of(
            models=[
                'int_training__platform_reports',
                'int_training__ledger_reports',
                'int_training__roster_reports',
            ],
            columns=[
                'report_id',
                'reporter_kind',
                'reporter_code',
                'person_key',
                'person_birth_year',
                'class_id',
                'institution_uscc',
                'area_code',
                'occupation_code',
                'occupation_family',
                'industry_code',
                'level_code',
                'class_status_code',
                'is_valid',
                'has_class',
                'completion_code',
                'attended_share',
                'started_on',
                'ended_on',
                '_batch_id',
                '_sheet',
                '_row_number',
            ]
        )
    }}
),

-- The rules in the order of seeds/rules/waterfall_rules: the first that applies removes.
screened as (
    select
        reports.report_id,
        reports.reporter_kind,
        reports.reporter_code,
        reports.person_key,
        reports.class_id,
        reports.institution_uscc,
        reports.area_code,
        reports.occupation_code,
        reports.occupation_family,
        reports.industry_code,
        reports.level_code,
        reports.class_status_code,
        reports.is_valid,
        reports.has_class,
        reports.completion_code,
        reports.attended_share,
        reports.started_on,
        reports.ended_on,
        reports._batch_id,
        reports._sheet,
        reports._row_number,
        case
            when not reports.is_valid then 'invalid_record'
            when not reports.has_class then 'class_unknown'
            when reports.class_status_code = 'cancelled' then 'class_cancelled'
            when
                reports.ended_on > run.as_of_on
                or reports.class_status_code in ('filed', 'running')
                then 'not_ended'
            when reports.ended_on not between plans.starts_on and plans.ends_on
                then 'outside_plan'
            when extract(year from reports.started_on) - reports.person_birth_year < 14
                then 'under_age'
        end as removal_rule_code
    from reports
    cross join run
    cross join plans
    where
        {{
            is_to_be_judged(
                ref('int_training__retold'), 'reports.person_key', 'reports.report_id'
            )
        }}
)

select * from screened
