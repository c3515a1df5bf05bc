with trainees as (
    select * from {{ ref('int_training__enrolled') }}
),

ledger_trainees as (
    select * from {{ ref('stg_county__training_ledgers') }}
),

holders as (
    select * from {{ ref('stg_hrss__certificates') }}
),

payees as (
    select * from {{ ref('stg_hrss__subsidy_payments') }}
),

contestants as (
    select * from {{ ref('stg_hrss__competition_results') }}
),

applicants as (
    select * from {{ ref('stg_hrss__direct_subsidies') }}
),

instructors as (
    select * from {{ ref('stg_hrss__instructors') }}
),

teachers_trained as (
    select * from {{ ref('stg_hrss__teacher_trainings') }}
),

mine_staff as (
    select * from {{ ref('stg_energy__coal_mine_staff') }}
),

apprentices as (
    select * from {{ ref('stg_hrss__apprentices') }}
),

completers as (
    select * from {{ ref('stg_hrss__employment_outcomes') }}
),

migrants as (
    select * from {{ ref('stg_agriculture__returning_migrants') }}
),

hired as (
    select * from {{ ref('stg_education__mutual_hires') }}
),

dual_holders as (
    select * from {{ ref('stg_emergency__dual_certificates') }}
),

mentions as (
    select
        person_key,
        person_key_version,
        person_birth_year,
        person_sex_code
    from trainees
    union all
    select
        person_key,
        person_key_version,
        person_birth_year,
        person_sex_code
    from ledger_trainees
    union all
    select
        person_key,
        person_key_version,
        person_birth_year,
        person_sex_code
    from holders
    union all
    select
        person_key,
        person_key_version,
        person_birth_year,
        person_sex_code
    from payees
    union all
    select
        person_key,
        person_key_version,
        person_birth_year,
        person_sex_code
    from contestants
    union all
    select
        person_key,
        person_key_version,
        person_birth_year,
        person_sex_code
    from applicants
    union all
    select
        person_key,
        person_key_version,
        person_birth_year,
        person_sex_code
    from instructors
    union all
    select
        person_key,
        person_key_version,
        person_birth_year,
        person_sex_code
    from teachers_trained
    union all
    select
        person_key,
        person_key_version,
        person_birth_year,
        person_sex_code
    from mine_staff
    union all
    select
        person_key,
        person_key_version,
        person_birth_year,
        person_sex_code
    from apprentices
    union all
    select
        person_key,
        person_key_version,
        person_birth_year,
        person_sex_code
    from completers
    union all
    select
        person_key,
        person_key_version,
        person_birth_year,
        person_sex_code
    from migrants
    union all
    select
        person_key,
        person_key_version,
        person_birth_year,
        person_sex_code
    from hired
    union all
    select
        person_key,
        person_key_version,
        person_birth_year,
        person_sex_code
    from dual_holders
),

-- Key, birth year and sex come from one number, so that every mention says the same.
identified as (
    select
        person_key,
        max(person_key_version) as person_key_version,
        max(person_birth_year) as birth_year,
        max(person_sex_code) as sex_code
    from mentions
    where person_key is not null
    group by person_key
)

select * from identified
