{{ config(materialized='table') }}

with expected as (
    select * from {{ ref('int_plan__expected') }}
),

targets as (
    select * from {{ ref('dim_targets') }}
),

periods as (
    select * from {{ ref('int_plan__periods') }}
),

baselines as (
    select * from {{ ref('int_talent__baselines') }}
),

pace_shares as (
    select * from {{ ref('int_plan__pace_shares') }}
),

aimed as (
    select
        expected.plan_id,
        expected.indicator_id,
        expected.measure_no,
        expected.period_code,
        expected.period_kind,
        expected.starts_on,
        expected.ends_on,
        expected.has_begun,
        expected.scope_kind,
        expected.area_code,
        expected.industry_code,
        expected.unit_code,
        expected.item_code,
        expected.has_applicable_unit,
        targets.is_binding,
        targets.direction,
        cast(targets.target_value as double) as target_value,
        cast(targets.limit_value as double) as limit_value,
        targets.pace_code,
        periods.is_over,
        pace_shares.due_share as curve_share,
        cast(periods.elapsed_days as double) / periods.total_days as elapsed_share,
        case
            when targets.pace_code = 'from_baseline' then coalesce(baselines.baseline_count, 0)
            else 0
        end as baseline_value
    from expected
    inner join targets
        on
            expected.plan_id = targets.plan_id
            and expected.indicator_id = targets.indicator_id
            and expected.period_kind = targets.period_kind
            and expected.scope_kind = targets.scope_kind
    inner join periods on expected.period_code = periods.period_code
    left join pace_shares
        on
            expected.period_code = pace_shares.period_code
            and targets.pace_code = pace_shares.pace_code
    left join baselines
        on
            expected.plan_id = baselines.plan_id
            and expected.indicator_id = baselines.indicator_id
            and expected.area_code = baselines.area_code
            and expected.item_code = baselines.item_code
),

-- Pace: the share of the way from the baseline to the target that is due by now, even or as a curve
-- says; what has to hold at any time is due as a whole.
paced as (
    select
        plan_id,
        indicator_id,
        measure_no,
        period_code,
        period_kind,
        starts_on,
        ends_on,
        has_begun,
        scope_kind,
        area_code,
        industry_code,
        unit_code,
        item_code,
        has_applicable_unit,
        is_binding,
        direction,
        target_value,
        limit_value,
        pace_code,
        is_over,
        elapsed_share,
        baseline_value,
        case
            when pace_code = 'level' then target_value
            else
                baseline_value
                + (target_value - baseline_value) * coalesce(curve_share, elapsed_share)
        end as due_value
    from aimed
)

select * from paced
