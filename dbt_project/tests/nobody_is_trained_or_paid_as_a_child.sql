-- Identity numbers of the under-fourteens are refused at the door; a date far too early shows here.
with persons as (
    select * from {{ ref('dim_persons') }}
),

trainings as (
    select * from {{ ref('fct_trainings') }}
),

certificates as (
    select * from {{ ref('fct_certificates') }}
),

payments as (
    select * from {{ ref('fct_subsidy_payments') }}
),

dated as (
    select
        'fct_trainings' as rule_name,
        person_key,
        started_on as happened_on
    from trainings
    union all
    select
        'fct_certificates' as rule_name,
        person_key,
        issued_on as happened_on
    from certificates
    union all
    select
        'fct_subsidy_payments' as rule_name,
        person_key,
        applied_on as happened_on
    from payments
)

select
    dated.rule_name,
    count(*) as broken_count
from dated
inner join persons on dated.person_key = persons.person_key
where extract(year from dated.happened_on) - persons.birth_year < 14
group by dated.rule_name
