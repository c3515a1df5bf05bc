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

remaining as (
    select coalesce(sum(waterfall.remaining_count), 0) as row_count
    from waterfall
    inner join last_rule on waterfall.rule_no = last_rule.rule_no
),

added as (
    select coalesce(sum(person_time_count), 0) as row_count
    from monthly
),

counted as (
    select count(*) as row_count
    from trainings
)

select
    counted.row_count as counted_count,
    remaining.row_count as remaining_count,
    added.row_count as monthly_count
from counted
cross join remaining
cross join added
where counted.row_count <> remaining.row_count or counted.row_count <> added.row_count
