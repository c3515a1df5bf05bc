with scorecard as (
    select * from {{ ref('kpi_scorecard') }}
),

indicators as (
    select * from {{ ref('dim_indicators') }}
),

evidence as (
    select * from {{ ref('int_kpis__evidence') }}
),

areas as (
    select * from {{ ref('int_areas__rolled_up') }}
),

industries as (
    select * from {{ ref('int_industries__rolled_up') }}
),

plans as (
    select * from {{ ref('plans') }}
),

-- Targets that are still to be reached, of values that grow step by step: months of what is
-- counted, quarters of what is reported as a stock.
open_targets as (
    select
        scorecard.plan_id,
        scorecard.indicator_id,
        scorecard.period_code,
        scorecard.area_code,
        scorecard.industry_code,
        scorecard.unit_code,
        scorecard.item_code,
        scorecard.indicator_value,
        scorecard.target_value,
        scorecard.is_sample,
        scorecard.as_of_on,
        scorecard.ends_on,
        indicators.reading_code,
        scorecard.plan_id || '|' || scorecard.indicator_id || '|' || scorecard.period_code
        || '|' || scorecard.area_code || '|' || scorecard.industry_code
        || '|' || scorecard.unit_code || '|' || scorecard.item_code as target_key,
        cast(
            date_trunc('month', scorecard.as_of_on + interval '1' day) - interval '1' day as date
        ) as cut_on,
        cast({{ dbt.datediff('scorecard.as_of_on', 'scorecard.ends_on', 'day') }} as double)
        / 30.4375 as months_left
    from scorecard
    inner join indicators on scorecard.indicator_id = indicators.indicator_id
    where
        scorecard.is_binding
        and scorecard.target_value is not null
        and scorecard.direction in ('>=', 'between')
        and scorecard.indicator_value is not null
        and scorecard.starts_on <= scorecard.as_of_on
        and scorecard.ends_on > scorecard.as_of_on
        and indicators.unit_name_en not in ('ratio', 'quotient', 'growth')
        and (
            (indicators.counting_code = 'sum' and indicators.reading_code = 'flow')
            or (indicators.counting_code = 'given' and indicators.reading_code = 'stock')
        )
),

windows as (
    select
        open_targets.*,
        greatest(
            plans.starts_on,
            cast(
                date_trunc('month', open_targets.cut_on) - interval '11' month as date
            )
        ) as window_starts_on
    from open_targets
    inner join plans on open_targets.plan_id = plans.plan_id
    where open_targets.reading_code = 'flow'
),

months as (
    select
        windows.*,
        {{ months_between('windows.window_starts_on', 'windows.cut_on') }} as month_on
    from windows
),

-- What speaks for the target, by the same rules as its value.
monthly as (
    select
        months.target_key,
        months.cut_on as step_on,
        months.month_on,
        sum(coalesce(evidence.numerator, 0)) as step_value
    from months
    inner join areas on months.area_code = areas.area_code
    inner join industries on months.industry_code = industries.industry_code
    left join evidence
        on
            months.indicator_id = evidence.indicator_id
            and months.item_code = evidence.item_code
            and areas.member_code = evidence.area_code
            and industries.member_code = evidence.industry_code
            and months.month_on = cast(date_trunc('month', evidence.counted_on) as date)
            and months.unit_code in ('all', evidence.unit_code)
    group by months.target_key, months.cut_on, months.month_on
),

states as (
    select
        open_targets.target_key,
        evidence.counted_on,
        sum(evidence.numerator) as state_value
    from open_targets
    inner join evidence
        on
            open_targets.indicator_id = evidence.indicator_id
            and open_targets.area_code = evidence.area_code
            and open_targets.item_code = evidence.item_code
    where
        open_targets.reading_code = 'stock'
        and evidence.counted_on <= open_targets.as_of_on
    group by open_targets.target_key, evidence.counted_on
),

quarterly as (
    select
        target_key,
        counted_on as step_on,
        state_value - lag(state_value) over (
            partition by target_key
            order by counted_on
        ) as step_value,
        row_number() over (
            partition by target_key
            order by counted_on desc
        ) as recency_no
    from states
),

steps as (
    select
        target_key,
        step_on,
        cast(step_value as decimal(18, 2)) as step_value,
        cast(1 as double) as step_months
    from monthly
    union all
    select
        target_key,
        step_on,
        cast(step_value as decimal(18, 2)) as step_value,
        cast(3 as double) as step_months
    from quarterly
    where recency_no <= 8 and step_value is not null
),

-- Exact sums, so that the order in which rows are added changes no digit. Engines keep a product of
-- decimals as wide as its factors, which a large amount leaves: squares get their own width.
summed as (
    select
        target_key,
        cast(sum(step_value) as double) as step_sum,
        cast(
            sum(
                cast(
                    cast(step_value as double) * cast(step_value as double) as decimal(38, 4)
                )
            ) as double
        ) as square_sum,
        count(*) as step_count,
        max(step_on) as rests_until_on,
        max(step_months) as step_months
    from steps
    group by target_key
),

rates as (
    select
        target_key,
        step_count,
        rests_until_on,
        step_months,
        step_sum / step_count as mean_value,
        sqrt(
            greatest(square_sum - step_sum * step_sum / step_count, 0)
            / nullif(step_count - 1, 0)
        ) as spread_value
    from summed
),

-- Fewer than four steps say nothing of what is to come.
projected as (
    select
        open_targets.*,
        rates.step_count,
        rates.rests_until_on,
        rates.mean_value / rates.step_months as recent_monthly_value,
        case
            when rates.step_count >= 4
                then rates.mean_value * open_targets.months_left / rates.step_months
        end as expected_growth,
        case
            when rates.step_count >= 4
                then
                    1.96 * rates.spread_value
                    * sqrt(open_targets.months_left / rates.step_months)
        end as margin_value
    from open_targets
    left join rates on open_targets.target_key = rates.target_key
),

looked_ahead as (
    select
        plan_id,
        indicator_id,
        period_code,
        area_code,
        industry_code,
        unit_code,
        item_code,
        indicator_value,
        target_value,
        months_left,
        recent_monthly_value,
        cast(step_count as bigint) as step_count,
        rests_until_on,
        is_sample,
        as_of_on,
        greatest(target_value - indicator_value, 0) / months_left as required_monthly_value,
        indicator_value + expected_growth as forecast_value,
        case
            when reading_code = 'flow'
                then greatest(indicator_value, indicator_value + expected_growth - margin_value)
            else indicator_value + expected_growth - margin_value
        end as forecast_low_value,
        indicator_value + expected_growth + margin_value as forecast_high_value
    from projected
)

select * from looked_ahead
