with added as (
    select * from {{ ref('int_training__by_part_of_month') }}
),

industries as (
    select * from {{ ref('industries') }}
),

stock as (
    select * from {{ ref('int_talent__quarterly') }}
),

certified_persons as (
    select * from {{ ref('certified_persons') }}
),

periods as (
    select * from {{ ref('int_plan__periods') }}
),

-- 2023—2025年，累计开展职业技能培训12万人次
h01 as (
    select
        'H-01' as indicator_id,
        counted_on,
        area_code,
        industry_code,
        'none' as unit_code,
        'all' as item_code,
        training_count as numerator,
        'fct_trainings' as fact_name,
        'all' as fact_id
    from added
),

-- 其中，围绕酱酒产业开展培训3万人次 … 围绕吉他产业开展培训2000人次, and what is left over.
h02 as (
    select
        case
            when industries.has_headline_target then 'H-02-' || h01.industry_code
            else 'H-02-other'
        end as indicator_id,
        h01.counted_on,
        h01.area_code,
        h01.industry_code,
        h01.unit_code,
        h01.item_code,
        h01.numerator,
        h01.fact_name,
        h01.fact_id
    from h01
    left join industries on h01.industry_code = industries.industry_code
),

-- 到2025年，技能人才累计达到45万人以上，其中，高技能人才达到9万人以上: the reported stock.
h03_h04 as (
    select
        indicator_id,
        period_ends_on as counted_on,
        area_code,
        'none' as industry_code,
        'none' as unit_code,
        item_code,
        person_count as numerator,
        'fct_talent_stock' as fact_name,
        area_code || '|' || cast(period_ends_on as string) as fact_id
    from stock
),

-- Beside it, as a lower bound, the persons who hold a valid certificate on the day asked for.
states as (
    select seen_until_on
    from periods
    where period_kind = 'end' and has_begun
    group by seen_until_on
),

certified as (
    select
        area_code,
        industry_code,
        level_code,
        is_high_skilled,
        count(*) as person_count
    from certified_persons
    group by all
),

every_level as (
    select
        area_code,
        industry_code,
        is_high_skilled,
        'all' as item_code,
        sum(person_count) as person_count
    from certified
    group by area_code, industry_code, is_high_skilled
    union all
    select
        area_code,
        industry_code,
        is_high_skilled,
        level_code as item_code,
        person_count
    from certified
    where level_code is not null
),

skilled as (
    select
        'H-03-certified' as indicator_id,
        area_code,
        industry_code,
        item_code,
        sum(person_count) as person_count
    from every_level
    group by area_code, industry_code, item_code
    union all
    select
        'H-04-certified' as indicator_id,
        area_code,
        industry_code,
        item_code,
        sum(person_count) as person_count
    from every_level
    where is_high_skilled
    group by area_code, industry_code, item_code
),

h03_h04_certified as (
    select
        skilled.indicator_id,
        states.seen_until_on as counted_on,
        skilled.area_code,
        skilled.industry_code,
        'none' as unit_code,
        skilled.item_code,
        skilled.person_count as numerator,
        'certified_persons' as fact_name,
        skilled.area_code || '|' || skilled.industry_code as fact_id
    from skilled
    cross join states
),

evidence as (
    select * from h01
    union all
    select * from h02
    union all
    select * from h03_h04
    union all
    select * from h03_h04_certified
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
    cast(null as bigint) as person_key,
    fact_name,
    fact_id,
    cast(null as string) as _batch_id,
    cast(null as string) as _sheet,
    cast(null as bigint) as _row_number
from evidence
