{{ config(materialized='table') }}

with batches as (
    select * from {{ ref('stg_landing__batches') }}
),

current_batches as (
    select * from {{ ref('stg_landing__current_batches') }}
),

run as (
    select * from {{ ref('stg_landing__run') }}
),

enrolled as (
    select * from {{ ref('int_training__enrolled') }}
),

classes as (
    select * from {{ ref('int_training__classes') }}
),

-- What comes as a list of a whole year, of counties and of departments.
listed as (
    {{
        union_of(
            models=['int_training__ledger_reports', 'int_training__roster_reports'],
            columns=['report_id', 'person_key', 'institution_name', '_batch_id']
        )
    }}
),

renamed as (
    select * from {{ ref('int_institutions__renamed') }}
),

-- Where everything is made afresh, nothing stands that could be told of again.
reports as (
    {{
        standing_rows(
            reports_before(),
            {
                'report_id': 'string',
                'person_key': 'bigint',
                'reporter_kind': 'string',
                'ended_on': 'date',
                '_batch_id': 'string'
            }
        )
    }}
),

unbuilt as (
    select batch_id from batches
    where not is_built and {{ some_are_judged() }}
),

signed_in as (
    {{ retold_owners(ref('stg_hrss__attendance'), 'attendance_id', 'enrolment_id') }}
),

-- Of the platform: what a new batch tells of an enrolment, of its sign-ins, or of its class.
retold_enrolments as (
    select enrolment_id from {{ ref('stg_hrss__enrolments') }}
    where _batch_id in (select unbuilt.batch_id from unbuilt)
    union
    select enrolment_id from signed_in
    where {{ some_are_judged() }}
    union
    select enrolled.enrolment_id
    from enrolled
    inner join classes on enrolled.class_id = classes.class_id
    where classes._batch_id in (select unbuilt.batch_id from unbuilt)
),

retold_names as (
    select renamed.institution_name
    from renamed
    inner join run on renamed.told_at = run.refreshed_at
    where {{ some_are_judged() }}
),

-- What is told of again, what a later list takes the place of, and what ends between the days by
-- which the run before and this one judge; everything, where the former day is not known.
as_it_was as (
    select
        reports.report_id,
        reports.person_key
    from reports
    cross join run
    where
        reports.report_id in (
            select 'hrss|' || retold.enrolment_id from retold_enrolments as retold
        )
        or (
            reports.reporter_kind in ('county', 'department')
            and reports._batch_id not in (select current_batches.batch_id from current_batches)
        )
        or run.former_as_of_on is null
        or (
            reports.ended_on > least(run.former_as_of_on, run.as_of_on)
            and reports.ended_on <= greatest(run.former_as_of_on, run.as_of_on)
        )
),

as_it_is as (
    select
        'hrss|' || enrolment_id as report_id,
        person_key
    from enrolled
    where enrolment_id in (select retold.enrolment_id from retold_enrolments as retold)
    union all
    select
        report_id,
        person_key
    from listed
    where _batch_id in (select unbuilt.batch_id from unbuilt)
    union all
    select
        report_id,
        person_key
    from listed
    where institution_name in (select retold_names.institution_name from retold_names)
),

either as (
    select
        report_id,
        person_key as former_person_key,
        cast(null as bigint) as person_key
    from as_it_was
    union all
    select
        report_id,
        cast(null as bigint) as former_person_key,
        person_key
    from as_it_is
),

retold as (
    select
        report_id,
        max(former_person_key) as former_person_key,
        max(person_key) as person_key
    from either
    group by report_id
)

select * from retold
