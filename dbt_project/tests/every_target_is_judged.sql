-- A target that binds to no row of the scorecard would be lost without a word.
with targets as (
    select * from {{ ref('dim_targets') }}
),

scorecard as (
    select * from {{ ref('kpi_scorecard') }}
),

judged as (
    select
        plan_id,
        indicator_id,
        period_kind,
        scope_kind,
        is_binding
    from scorecard
    group by all
)

select
    targets.indicator_id as rule_name,
    count(*) as broken_count
from targets
left join judged
    on
        targets.plan_id = judged.plan_id
        and targets.indicator_id = judged.indicator_id
        and targets.period_kind = judged.period_kind
        and targets.scope_kind = judged.scope_kind
        and targets.is_binding = judged.is_binding
where judged.indicator_id is null
group by targets.indicator_id
