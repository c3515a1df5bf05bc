with held as (
    select
        *,
        cast(null as bigint) as person_key,
        'fct_competitions' as fact_name,
        competition_id as fact_id
    from {{ ref('fct_competitions') }}
    where is_held
),

results as (
    select
        *,
        'fct_competition_results' as fact_name,
        _batch_id || '|' || coalesce(_sheet, '') || '|' || cast(_row_number as string)
            as fact_id
    from {{ ref('fct_competition_results') }}
    where is_held
),

-- 举办遵义市职业技能大赛 (the workers' and the schools' families are other events) ·
-- 各行业主管部门推动本行业竞赛活动常态化开展 · 各县(市、区)开展综合性赛事 ·
-- 聚焦白酒酿造、茶类、装备制造等重点领域 · 各企业、院校开展经常性专项赛事
m20_competitions as (
    select
        *,
        'M20-1' as indicator_id,
        'all' as item_code,
        1 as numerator
    from held
    where
        competition_level_code = 'municipal'
        and competition_family_code = 'vocational_skills'
    union all
    select
        *,
        'M20-2' as indicator_id,
        'all' as item_code,
        1 as numerator
    from held
    where department_code is not null
    union all
    select
        *,
        'M20-3' as indicator_id,
        'all' as item_code,
        1 as numerator
    from held
    where competition_level_code = 'county' and is_comprehensive
    union all
    select
        *,
        'M20-4' as indicator_id,
        'all' as item_code,
        1 as numerator
    from held
    union all
    select
        *,
        'M20-6' as indicator_id,
        'all' as item_code,
        coach_count as numerator
    from held
    union all
    select
        *,
        'M20-7' as indicator_id,
        competition_level_code as item_code,
        1 as numerator
    from held
    where competition_level_code in ('enterprise', 'school')
),

-- 通过竞赛选拔培育一批优秀“遵义技工”: distinct persons, whatever the number of events.
m20_5 as (
    select
        *,
        'contestants' as item_code
    from results
    union all
    select
        *,
        'winners' as item_code
    from results
    where award_name is not null
    union all
    select
        *,
        'promoted' as item_code
    from results
    where promoted_level_code is not null
    union all
    select
        *,
        'craftsmen' as item_code
    from results
    where is_zunyi_craftsman
),

evidence as (
    select
        indicator_id,
        ended_on as counted_on,
        area_code,
        industry_code,
        coalesce(department_code, 'none') as unit_code,
        item_code,
        numerator,
        person_key,
        fact_name,
        fact_id,
        _batch_id,
        _sheet,
        _row_number
    from m20_competitions
    union all
    select
        'M20-5' as indicator_id,
        ended_on as counted_on,
        area_code,
        industry_code,
        'none' as unit_code,
        item_code,
        1 as numerator,
        person_key,
        fact_name,
        fact_id,
        _batch_id,
        _sheet,
        _row_number
    from m20_5
)

select
    indicator_id,
    counted_on,
    area_code,
    industry_code,
    unit_code,
    item_code,
    cast(numerator as decimal(18, 2)) as numerator,
    cast(null as decimal(18, 2)) as denominator,
    person_key,
    fact_name,
    fact_id,
    _batch_id,
    _sheet,
    _row_number
from evidence
where numerator is not null
