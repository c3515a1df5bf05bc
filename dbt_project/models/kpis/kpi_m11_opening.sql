with supervised as (
    select * from {{ ref('int_institutions__supervised') }}
),

events as (
    select * from {{ ref('fct_county_events') }}
),

-- 定期对民办职业培训学校、技工院校(职业院校)、企业进行资质审查 … 开展实地评估
m11_2 as (
    select
        'M11-2' as indicator_id,
        seen_until_on as counted_on,
        area_code,
        'none' as industry_code,
        institution_uscc as unit_code,
        'all' as item_code,
        case when is_reviewed and is_visited then 1 else 0 end as numerator,
        1 as denominator,
        'fct_institution_events' as fact_name,
        institution_uscc || '|' || cast(starts_on as string) as fact_id,
        cast(null as string) as _batch_id,
        cast(null as string) as _sheet,
        cast(null as bigint) as _row_number
    from supervised
),

-- 常态化开展劳动力培训就业意愿摸排
m11_3 as (
    select
        'M11-3' as indicator_id,
        happened_on as counted_on,
        area_code,
        'none' as industry_code,
        'none' as unit_code,
        'all' as item_code,
        1 as numerator,
        null as denominator,
        'fct_county_events' as fact_name,
        area_code || '|' || event_id || '|' || cast(period_starts_on as string) as fact_id,
        _batch_id,
        _sheet,
        _row_number
    from events
    where event_kind_code = 'survey'
),

evidence as (
    select * from m11_2
    union all
    select * from m11_3
)

select
    indicator_id,
    counted_on,
    area_code,
    industry_code,
    unit_code,
    item_code,
    cast(numerator as decimal(18, 2)) as numerator,
    cast(denominator as decimal(18, 2)) as denominator,
    cast(null as bigint) as person_key,
    fact_name,
    fact_id,
    _batch_id,
    _sheet,
    _row_number
from evidence
where numerator is not null
