with bases as (
    select * from {{ ref('fct_training_bases') }}
),

events as (
    select * from {{ ref('fct_county_events') }}
),

named_aliases as (
    select * from {{ ref('named_aliases') }}
),

-- 到2025年，实现各县(市、区)培训基地全覆盖
m16_1 as (
    select
        'M16-1' as indicator_id,
        period_ends_on as counted_on,
        area_code,
        'none' as industry_code,
        'none' as unit_code,
        'all' as item_code,
        1 as numerator,
        null as denominator,
        'fct_training_bases' as fact_name,
        base_id || '|' || cast(period_ends_on as string) as fact_id,
        _batch_id,
        _sheet,
        _row_number
    from bases
    where base_status_code = 'operating' and base_kind_code <> 'high_skilled_project'
),

-- 建好用好“贵州酱酒”“贵州绿茶”“贵州军工”省级职业技能培训基地
m16_2 as (
    select
        'M16-2' as indicator_id,
        bases.period_ends_on as counted_on,
        bases.area_code,
        'none' as industry_code,
        'none' as unit_code,
        named_aliases.item_code,
        1 as numerator,
        null as denominator,
        'fct_training_bases' as fact_name,
        bases.base_id || '|' || cast(bases.period_ends_on as string) as fact_id,
        bases._batch_id,
        bases._sheet,
        bases._row_number
    from bases
    inner join named_aliases
        on
            named_aliases.named_kind = 'provincial_base'
            and bases.base_name = named_aliases.alias
    where bases.base_status_code = 'operating'
),

-- 在红花岗区、正安县、凤冈县等地建设市级职业技能培训基地
m16_3 as (
    select
        'M16-3' as indicator_id,
        period_ends_on as counted_on,
        area_code,
        'none' as industry_code,
        'none' as unit_code,
        'all' as item_code,
        1 as numerator,
        null as denominator,
        'fct_training_bases' as fact_name,
        base_id || '|' || cast(period_ends_on as string) as fact_id,
        _batch_id,
        _sheet,
        _row_number
    from bases
    where base_status_code = 'operating' and base_kind_code = 'municipal'
),

-- 推动遵义市公共实训基地申报中央预算内资金，支持正安县 … 桐梓县公共实训基地建设
m16_4 as (
    select
        'M16-4' as indicator_id,
        bases.period_ends_on as counted_on,
        bases.area_code,
        'none' as industry_code,
        'none' as unit_code,
        named_aliases.item_code,
        case
            when named_aliases.item_code = 'city_public_base'
                then case when bases.funds_applied_on <= bases.period_ends_on then 1 else 0 end
            when bases.construction_supported_on <= bases.period_ends_on then 1
            else 0
        end as numerator,
        null as denominator,
        'fct_training_bases' as fact_name,
        bases.base_id || '|' || cast(bases.period_ends_on as string) as fact_id,
        bases._batch_id,
        bases._sheet,
        bases._row_number
    from bases
    inner join named_aliases
        on
            named_aliases.named_kind = 'public_base'
            and bases.base_name = named_aliases.alias
),

-- 积极申报县级公共实训基地
m16_5 as (
    select
        'M16-5' as indicator_id,
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
    where event_kind_code = 'base_application'
),

evidence as (
    select * from m16_1
    union all
    select * from m16_2
    union all
    select * from m16_3
    union all
    select * from m16_4
    union all
    select * from m16_5
)

{{ evidence_rows() }}
