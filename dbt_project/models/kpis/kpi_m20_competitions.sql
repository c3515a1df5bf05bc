with expected as (
    select * from {{ ref('int_plan__expected') }}
),

listed_periods as (
    select * from {{ ref('int_competitions__periods') }}
),

held as (
    select *
    from {{ ref('fct_competitions') }}
    where is_held
),

results as (
    select *
    from {{ ref('fct_competition_results') }}
    where is_held
),

areas as (
    select * from {{ ref('int_areas__rolled_up') }}
),

industries as (
    select * from {{ ref('int_industries__rolled_up') }}
),

answerable as (
    select expected.*
    from expected
    inner join listed_periods
        on
            expected.period_code = listed_periods.period_code
            and listed_periods.feed_id = case expected.indicator_id
                when 'M20-5' then 'hrss/competition_results'
                else 'hrss/competitions'
            end
    where expected.measure_no = 20
),

-- 举办遵义市职业技能大赛: the workers' and the schools' families are other events.
m20_1 as (
    select
        answerable.indicator_id,
        answerable.period_code,
        answerable.area_code,
        answerable.industry_code,
        answerable.unit_code,
        answerable.item_code,
        count(held.competition_id) as numerator,
        null as denominator
    from answerable
    left join held
        on
            held.ended_on between answerable.starts_on and answerable.ends_on
            and held.competition_level_code = 'municipal'
            and held.competition_family_code = 'vocational_skills'
    where answerable.indicator_id = 'M20-1'
    group by all
),

-- 各行业主管部门推动本行业竞赛活动常态化开展 · 各县(市、区)开展综合性赛事 · 聚焦白酒酿造、茶类、
-- 装备制造等重点领域: one row per department, county or field, and whether it held one.
members as (
    select
        answerable.indicator_id,
        answerable.period_code,
        answerable.area_code,
        answerable.industry_code,
        answerable.unit_code,
        answerable.item_code,
        max(case when held.competition_id is not null then 1 else 0 end) as is_active
    from answerable
    left join held
        on
            held.ended_on between answerable.starts_on and answerable.ends_on
            and case answerable.indicator_id
                when 'M20-2' then answerable.unit_code = held.department_code
                when 'M20-3'
                    then
                        answerable.area_code = held.area_code
                        and held.competition_level_code = 'county'
                        and held.is_comprehensive
                when 'M20-4' then answerable.industry_code = held.industry_code
            end
    where answerable.scope_kind in ('industry_department', 'county', 'competition_industry')
    group by all
),

m20_2_3_4 as (
    select
        answerable.indicator_id,
        answerable.period_code,
        answerable.area_code,
        answerable.industry_code,
        answerable.unit_code,
        answerable.item_code,
        sum(members.is_active) as numerator,
        case when max(answerable.unit) = 'ratio' then count(*) end as denominator
    from answerable
    inner join members
        on
            answerable.indicator_id = members.indicator_id
            and answerable.period_code = members.period_code
    where answerable.scope_kind = 'city'
    group by all
),

m20_2_3_4_drilled as (
    select
        members.indicator_id,
        members.period_code,
        members.area_code,
        members.industry_code,
        members.unit_code,
        members.item_code,
        members.is_active as numerator,
        case when members.indicator_id <> 'M20-4' then 1 end as denominator
    from members
),

-- 通过竞赛选拔培育一批优秀“遵义技工”: distinct persons, whatever the number of events.
m20_5 as (
    select
        answerable.indicator_id,
        answerable.period_code,
        answerable.area_code,
        answerable.industry_code,
        answerable.unit_code,
        answerable.item_code,
        count(distinct results.person_key) as numerator,
        null as denominator
    from answerable
    inner join areas on answerable.area_code = areas.area_code
    inner join industries on answerable.industry_code = industries.industry_code
    left join results
        on
            areas.member_code = results.area_code
            and industries.member_code = results.industry_code
            and results.ended_on between answerable.starts_on and answerable.ends_on
            and case answerable.item_code
                when 'contestants' then true
                when 'winners' then results.award_name is not null
                when 'promoted' then results.promoted_level_code is not null
                when 'craftsmen' then results.is_zunyi_craftsman
            end
    where answerable.indicator_id = 'M20-5'
    group by all
),

m20_6 as (
    select
        answerable.indicator_id,
        answerable.period_code,
        answerable.area_code,
        answerable.industry_code,
        answerable.unit_code,
        answerable.item_code,
        coalesce(sum(held.coach_count), 0) as numerator,
        null as denominator
    from answerable
    left join held on held.ended_on between answerable.starts_on and answerable.ends_on
    where answerable.indicator_id = 'M20-6'
    group by all
),

-- 各企业、院校开展经常性专项赛事
m20_7 as (
    select
        answerable.indicator_id,
        answerable.period_code,
        answerable.area_code,
        answerable.industry_code,
        answerable.unit_code,
        answerable.item_code,
        count(held.competition_id) as numerator,
        null as denominator
    from answerable
    left join held
        on
            held.ended_on between answerable.starts_on and answerable.ends_on
            and answerable.item_code = held.competition_level_code
    where answerable.indicator_id = 'M20-7'
    group by all
),

counted as (
    select * from m20_1
    union all
    select * from m20_2_3_4
    union all
    select * from m20_2_3_4_drilled
    union all
    select * from m20_5
    union all
    select * from m20_6
    union all
    select * from m20_7
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
