with expected as (
    select * from {{ ref('int_plan__expected') }}
),

rosters as (
    select * from {{ ref('int_workshops__rosters') }}
),

areas as (
    select * from {{ ref('int_areas__rolled_up') }}
),

industries as (
    select * from {{ ref('int_industries__rolled_up') }}
),

-- Only periods for which a roster came: without one nothing is known, and zero is wrong.
answered as (
    select period_code
    from rosters
    group by period_code
),

answerable as (
    select expected.*
    from expected
    inner join answered on expected.period_code = answered.period_code
    where expected.measure_no = 17
),

-- 建设一批市级技能大师工作室: in operation; the drill by level shows the raised ones too.
m17_1 as (
    select
        answerable.indicator_id,
        answerable.period_code,
        answerable.area_code,
        answerable.industry_code,
        answerable.unit_code,
        answerable.item_code,
        count(rosters.workshop_id) as numerator,
        null as denominator
    from answerable
    inner join areas on answerable.area_code = areas.area_code
    inner join industries on answerable.industry_code = industries.industry_code
    left join rosters
        on
            answerable.period_code = rosters.period_code
            and areas.member_code = rosters.area_code
            and industries.member_code = rosters.industry_code
            and rosters.workshop_status_code = 'operating'
            and case answerable.scope_kind
                when 'workshop_level' then answerable.item_code = rosters.workshop_level_code
                when 'workshop_field'
                    then
                        answerable.item_code = rosters.field_code
                        and rosters.workshop_level_code = 'municipal'
                else rosters.workshop_level_code = 'municipal'
            end
    where answerable.indicator_id = 'M17-1'
    group by all
),

-- 积极推动酒类、茶类、装备制造类市级技能大师工作室筹建省级、国家级技能大师工作室
m17_2_drilled as (
    select
        answerable.indicator_id,
        answerable.period_code,
        answerable.area_code,
        answerable.industry_code,
        answerable.unit_code,
        answerable.item_code,
        max(case when rosters.workshop_id is not null then 1 else 0 end) as numerator,
        null as denominator
    from answerable
    left join rosters
        on
            answerable.period_code = rosters.period_code
            and answerable.industry_code = rosters.industry_code
            and rosters.workshop_status_code <> 'closed'
            and (
                rosters.preparing_level_code is not null
                or rosters.workshop_level_code in ('provincial', 'national')
            )
    where answerable.scope_kind = 'workshop_industry'
    group by all
),

m17_2 as (
    select
        answerable.indicator_id,
        answerable.period_code,
        answerable.area_code,
        answerable.industry_code,
        answerable.unit_code,
        answerable.item_code,
        sum(m17_2_drilled.numerator) as numerator,
        null as denominator
    from answerable
    inner join m17_2_drilled
        on
            answerable.indicator_id = m17_2_drilled.indicator_id
            and answerable.period_code = m17_2_drilled.period_code
    where answerable.scope_kind = 'city'
    group by all
),

-- The roster says what a workshop brought about in the year to date: the year's last one counts.
m17_4 as (
    select
        answerable.indicator_id,
        answerable.period_code,
        answerable.area_code,
        answerable.industry_code,
        answerable.unit_code,
        answerable.item_code,
        sum(
            case answerable.item_code
                when 'apprentices' then rosters.apprentice_count
                when 'innovations' then rosters.innovation_count
                when 'person_times' then rosters.person_time_count
            end
        ) as numerator,
        null as denominator
    from answerable
    inner join rosters
        on
            answerable.period_code = rosters.period_code
            and answerable.unit_code in ('all', rosters.workshop_id)
    where answerable.indicator_id = 'M17-4'
    group by all
),

counted as (
    select * from m17_1
    union all
    select * from m17_2
    union all
    select * from m17_2_drilled
    union all
    select * from m17_4
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
where numerator is not null
