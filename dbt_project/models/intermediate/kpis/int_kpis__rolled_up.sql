{{ config(materialized='table') }}

with expected as (
    select
        indicator_id,
        unit,
        counting_code,
        reading_code,
        member_scope_kind,
        period_code,
        starts_on,
        seen_until_on,
        has_begun,
        scope_kind,
        area_code,
        industry_code,
        unit_code,
        item_code,
        has_applicable_unit
    from {{ ref('int_plan__expected') }}
    -- Plans that ask the same are answered once.
    group by all
),

evidence as (
    select * from {{ ref('int_kpis__evidence') }}
),

answered as (
    select * from {{ ref('int_kpis__answered') }}
),

areas as (
    select * from {{ ref('int_areas__rolled_up') }}
),

industries as (
    select * from {{ ref('int_industries__rolled_up') }}
),

-- Zero is an answer: the feed has told of the period, and of the unit where units tell by
-- themselves. Before that nothing is known.
answerable as (
    select expected.*
    from expected
    inner join areas on expected.area_code = areas.area_code
    inner join answered
        on
            expected.indicator_id = answered.indicator_id
            and expected.period_code = answered.period_code
            and (
                answered.answering_code in ('any', areas.member_code, expected.unit_code)
                or (answered.answering_code = 'departments' and expected.unit_code = 'all')
            )
    where expected.has_begun and expected.has_applicable_unit
    group by all
),

-- A stock is its last state within the period; states are never added up over time.
last_states as (
    select
        answerable.indicator_id,
        answerable.period_code,
        max(evidence.counted_on) as counted_on
    from answerable
    inner join evidence
        on
            answerable.indicator_id = evidence.indicator_id
            and evidence.counted_on between answerable.starts_on and answerable.seen_until_on
    where answerable.reading_code = 'stock'
    group by answerable.indicator_id, answerable.period_code
),

-- What is given for a scope is taken for that scope; everything else adds up to its wholes.
matched as (
    select
        answerable.indicator_id,
        answerable.period_code,
        answerable.scope_kind,
        answerable.area_code,
        answerable.industry_code,
        answerable.unit_code,
        answerable.item_code,
        answerable.counting_code,
        evidence.numerator,
        evidence.denominator,
        evidence.person_key
    from answerable
    inner join areas on answerable.area_code = areas.area_code
    inner join industries on answerable.industry_code = industries.industry_code
    inner join evidence
        on
            answerable.indicator_id = evidence.indicator_id
            and areas.member_code = evidence.area_code
            and industries.member_code = evidence.industry_code
            and answerable.item_code = evidence.item_code
    left join last_states
        on
            answerable.indicator_id = last_states.indicator_id
            and answerable.period_code = last_states.period_code
    where
        evidence.counted_on between answerable.starts_on and answerable.seen_until_on
        and (answerable.reading_code = 'flow' or evidence.counted_on = last_states.counted_on)
        and answerable.unit_code in ('all', evidence.unit_code)
        and (answerable.counting_code <> 'given' or answerable.area_code = evidence.area_code)
),

-- Distinct persons are counted anew for every scope, never added.
counted as (
    select
        indicator_id,
        period_code,
        scope_kind,
        area_code,
        industry_code,
        unit_code,
        item_code,
        case counting_code
            when 'persons' then count(distinct case when numerator > 0 then person_key end)
            when 'highest' then max(numerator)
            when 'members' then max(case when numerator > 0 then 1 else 0 end)
            when 'percentile'
                then
                    case item_code
                        when 'median' then {{ percentile('cast(numerator as double)', '0.5') }}
                        else {{ percentile('cast(numerator as double)', '0.9') }}
                    end
            else sum(numerator)
        end as numerator,
        case counting_code
            when 'persons'
                then
                    case
                        when max(denominator) is not null
                            then count(distinct case when denominator > 0 then person_key end)
                    end
            else sum(denominator)
        end as denominator
    from matched
    group by
        indicator_id,
        period_code,
        scope_kind,
        area_code,
        industry_code,
        unit_code,
        item_code,
        counting_code
),

-- Nothing found where somebody answered is none. Of a unit that the last state does not name,
-- nothing is known.
completed as (
    select
        answerable.indicator_id,
        answerable.period_code,
        answerable.scope_kind,
        answerable.area_code,
        answerable.industry_code,
        answerable.unit_code,
        answerable.item_code,
        answerable.counting_code,
        answerable.member_scope_kind,
        answerable.unit in ('ratio', 'quotient', 'growth') as is_divided,
        case
            when
                answerable.counting_code not in ('sum', 'members', 'persons')
                or (
                    answerable.reading_code = 'stock'
                    and answerable.unit_code not in ('all', 'none')
                )
                then counted.numerator
            else coalesce(counted.numerator, 0)
        end as numerator,
        case
            when answerable.counting_code = 'members' then 1
            else coalesce(counted.denominator, 0)
        end as denominator
    from answerable
    left join counted
        on
            answerable.indicator_id = counted.indicator_id
            and answerable.period_code = counted.period_code
            and answerable.scope_kind = counted.scope_kind
            and answerable.area_code = counted.area_code
            and answerable.industry_code = counted.industry_code
            and answerable.unit_code = counted.unit_code
            and answerable.item_code = counted.item_code
),

-- The whole of members is how many of them have any, out of how many there are, whether or not
-- each of them has told.
wholes as (
    select
        expected.indicator_id,
        expected.period_code,
        coalesce(sum(completed.numerator), 0) as numerator,
        count(*) as denominator
    from expected
    left join completed
        on
            expected.indicator_id = completed.indicator_id
            and expected.period_code = completed.period_code
            and expected.scope_kind = completed.scope_kind
            and expected.area_code = completed.area_code
            and expected.industry_code = completed.industry_code
            and expected.unit_code = completed.unit_code
            and expected.item_code = completed.item_code
    where expected.scope_kind = expected.member_scope_kind and expected.has_applicable_unit
    group by expected.indicator_id, expected.period_code
),

rolled_up as (
    select
        completed.indicator_id,
        completed.period_code,
        completed.area_code,
        completed.industry_code,
        completed.unit_code,
        completed.item_code,
        completed.is_divided,
        case
            when completed.counting_code = 'members' and completed.scope_kind = 'city'
                then coalesce(wholes.numerator, 0)
            else completed.numerator
        end as numerator,
        case
            when completed.counting_code = 'members' and completed.scope_kind = 'city'
                then coalesce(wholes.denominator, 0)
            else completed.denominator
        end as denominator
    from completed
    left join wholes
        on
            completed.indicator_id = wholes.indicator_id
            and completed.period_code = wholes.period_code
)

select
    indicator_id,
    period_code,
    area_code,
    industry_code,
    unit_code,
    item_code,
    cast(numerator as decimal(18, 2)) as numerator,
    cast(case when is_divided then denominator end as decimal(18, 2)) as denominator
from rolled_up
where numerator is not null
