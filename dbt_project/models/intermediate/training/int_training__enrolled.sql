{{
    config(
        materialized=large_fact(),
        incremental_strategy='append',
        pre_hook="{{ forget_retold(ref('stg_hrss__enrolments'), 'enrolment_id', 'enrolment_id') }}"
    )
}}

with newest as (
    {{
        newest_states(
            ref('stg_hrss__enrolments'),
            record='enrolment_id',
            owner='enrolment_id',
            newest_first=['_sequence_no', '_row_number']
        )
    }}
),

-- Only what is counted or joined is carried: the feed is one of the largest.
enrolled as (
    select
        enrolment_id,
        class_id,
        person_key,
        person_key_version,
        person_birth_year,
        person_sex_code,
        completion_code,
        attended_hours,
        _batch_id,
        _sheet,
        _row_number,
        coalesce(is_valid, true) as is_valid
    from newest
)

select * from enrolled
