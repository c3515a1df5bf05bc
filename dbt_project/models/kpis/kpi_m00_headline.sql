with expected as (
    select * from {{ ref('int_plan__expected') }}
),

expected_trainings as (
    select * from {{ ref('int_plan__expected_trainings') }}
),

areas as (
    select * from {{ ref('int_areas__rolled_up') }}
),

industries as (
    select * from {{ ref('int_industries__rolled_up') }}
),

stock as (
    select * from {{ ref('int_talent__reported') }}
),

certified_persons as (
    select * from {{ ref('certified_persons') }}
),

certificates as (
    select count(*) as certificate_count
    from {{ ref('fct_certificates') }}
),

-- 2023—2025年，累计开展职业技能培训12万人次 … 围绕吉他产业开展培训2000人次
h01_h02 as (
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
    where indicator_id = 'H-01' or indicator_id like 'H-02-%'
),

-- 到2025年，技能人才累计达到45万人以上，其中，高技能人才达到9万人以上: the reported stock.
h03_h04 as (
    select
        expected.indicator_id,
        expected.period_code,
        expected.area_code,
        expected.industry_code,
        expected.unit_code,
        expected.item_code,
        stock.person_count as numerator,
        null as denominator
    from expected
    inner join stock
        on
            expected.indicator_id = stock.indicator_id
            and expected.area_code = stock.area_code
            and expected.item_code = stock.item_code
            and expected.period_code = stock.period_code
),

-- Beside it, as a lower bound, the persons who hold a valid certificate.
certified as (
    select
        expected.indicator_id,
        expected.period_code,
        expected.area_code,
        expected.industry_code,
        expected.unit_code,
        expected.item_code,
        count(certified_persons.person_key) as numerator,
        null as denominator
    from expected
    cross join certificates
    inner join areas on expected.area_code = areas.area_code
    inner join industries on expected.industry_code = industries.industry_code
    left join certified_persons
        on
            areas.member_code = certified_persons.area_code
            and industries.member_code = certified_persons.industry_code
            and expected.item_code in ('all', certified_persons.level_code)
            and (
                expected.indicator_id = 'H-03-certified'
                or certified_persons.is_high_skilled
            )
    where
        expected.indicator_id in ('H-03-certified', 'H-04-certified')
        and expected.has_begun
        and certificates.certificate_count > 0
    group by all
),

counted as (
    select * from h01_h02
    union all
    select * from h03_h04
    union all
    select * from certified
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
