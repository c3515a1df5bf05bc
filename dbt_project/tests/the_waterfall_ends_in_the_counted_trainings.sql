-- What the last rule leaves over all reporters is what is counted, and what the months add up to.
with waterfall as (
    select * from {{ ref('training_waterfall') }}
),

monthly as (
    select * from {{ ref('training_by_area_industry_month') }}
),

trainings as (
    select * from {{ ref('fct_trainings') }}
),

last_rule as (
    select max(rule_no) as rule_no
    from waterfall
),

left_over as (
    select coalesce(sum(waterfall.remaining_count), 0) as person_time_count
    from waterfall
    inner join last_rule on waterfall.rule_no = last_rule.rule_no
),

summed as (
    select coalesce(sum(person_time_count), 0) as person_time_count
    from monthly
),

counted as (
    select count(*) as person_time_count
    from trainings
)

select
    'remaining' as rule_name,
    abs(counted.person_time_count - left_over.person_time_count) as broken_count
from counted
cross join left_over
where counted.person_time_count <> left_over.person_time_count
union all
select
    'by_month' as rule_name,
    abs(counted.person_time_count - summed.person_time_count) as broken_count
from counted
cross join summed
where counted.person_time_count <> summed.person_time_count
