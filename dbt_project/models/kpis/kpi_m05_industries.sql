with expected as (
    select * from {{ ref('int_plan__expected') }}
),

expected_trainings as (
    select * from {{ ref('int_plan__expected_trainings') }}
),

trainings as (
    select * from {{ ref('fct_trainings') }}
),

reports as (
    select count(*) as report_count
    from {{ ref('fct_training_reports') }}
),

-- Once anybody has reported trainings, none is zero; before that nothing is known.
answerable as (
    select expected.*
    from expected
    cross join reports
    where expected.measure_no = 5 and expected.has_begun and reports.report_count > 0
),

-- 仁怀市、习水县、汇川区围绕酱香白酒产业工人开展 …: the fifteen pairs that the clause names.
pairs as (
    select
        *,
        case when person_time_count > 0 then 1 else 0 end as is_active
    from expected_trainings
    where indicator_id = 'M05-1' and scope_kind = 'county_industry_pair'
),

-- 其他县(市、区)结合产业发展需求开展培训: trained for any industry at all.
other_counties as (
    select
        answerable.indicator_id,
        answerable.period_code,
        answerable.area_code,
        answerable.industry_code,
        answerable.unit_code,
        answerable.item_code,
        max(case when trainings.industry_code <> 'none' then 1 else 0 end) as is_active
    from answerable
    left join trainings
        on
            answerable.area_code = trainings.area_code
            and trainings.ended_on between answerable.starts_on and answerable.ends_on
    where answerable.scope_kind = 'other_county'
    group by all
),

-- 白酒酿造工、品酒师、茶艺师 …: the nineteen occupations and special abilities it names.
occupations as (
    select
        answerable.indicator_id,
        answerable.period_code,
        answerable.area_code,
        answerable.industry_code,
        answerable.unit_code,
        answerable.item_code,
        max(case when trainings.training_id is not null then 1 else 0 end) as is_active
    from answerable
    left join trainings
        on
            answerable.item_code = trainings.occupation_code
            and trainings.ended_on between answerable.starts_on and answerable.ends_on
    where answerable.scope_kind = 'occupation'
    group by all
),

members as (
    select
        indicator_id,
        period_code,
        area_code,
        industry_code,
        unit_code,
        item_code,
        is_active
    from pairs
    union all
    select
        indicator_id,
        period_code,
        area_code,
        industry_code,
        unit_code,
        item_code,
        is_active
    from other_counties
    union all
    select
        indicator_id,
        period_code,
        area_code,
        industry_code,
        unit_code,
        item_code,
        is_active
    from occupations
),

m05_1_3_4 as (
    select
        answerable.indicator_id,
        answerable.period_code,
        answerable.area_code,
        answerable.industry_code,
        answerable.unit_code,
        answerable.item_code,
        sum(members.is_active) as numerator,
        count(*) as denominator
    from answerable
    inner join members
        on
            answerable.indicator_id = members.indicator_id
            and answerable.period_code = members.period_code
    where answerable.scope_kind = 'city'
    group by all
),

m05_1_3_4_drilled as (
    select
        indicator_id,
        period_code,
        area_code,
        industry_code,
        unit_code,
        item_code,
        is_active as numerator,
        1 as denominator
    from members
),

m05_2 as (
    select
        indicator_id,
        period_code,
        area_code,
        industry_code,
        unit_code,
        item_code,
        person_time_count as numerator,
        null as denominator
    from expected_trainings
    where indicator_id = 'M05-2'
),

counted as (
    select * from m05_1_3_4
    union all
    select * from m05_1_3_4_drilled
    union all
    select * from m05_2
)

select
    indicator_id,
    period_code,
    area_code,
    industry_code,
    unit_code,
    item_code,
    cast(numerator as decimal(18, 2)) as numerator,
    cast(denominator as decimal(18, 2)) as denominator
from counted
