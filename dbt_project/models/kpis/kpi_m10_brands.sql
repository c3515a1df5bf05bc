with brands as (
    select * from {{ ref('fct_skill_brands') }}
),

-- 做强“酒都酱人” … “黔北红姨”“遵管家”: the six municipal brands.
m10_1 as (
    select
        'M10-1' as indicator_id,
        period_ends_on as counted_on,
        area_code,
        'none' as industry_code,
        'none' as unit_code,
        brand_code as item_code,
        person_time_count + coalesce(employed_count, 0) as numerator,
        null as denominator,
        'fct_skill_brands' as fact_name,
        _batch_id || '|' || coalesce(_sheet, '') || '|' || cast(_row_number as string) as fact_id,
        _batch_id,
        _sheet,
        _row_number
    from brands
),

-- “贵州技工”“黔菜师傅”“黔灵家政”“黔旅工匠”, “贵州酱酒”“贵州绿茶”“贵州军工”
m10_2 as (
    select
        'M10-2' as indicator_id,
        period_ends_on as counted_on,
        area_code,
        'none' as industry_code,
        'none' as unit_code,
        brand_code as item_code,
        person_time_count as numerator,
        null as denominator,
        'fct_skill_brands' as fact_name,
        _batch_id || '|' || coalesce(_sheet, '') || '|' || cast(_row_number as string) as fact_id,
        _batch_id,
        _sheet,
        _row_number
    from brands
),

-- 打造“龙头领军品牌+优势骨干品牌+快速成长品牌”的技能品牌舰队
m10_3 as (
    select
        'M10-3' as indicator_id,
        period_ends_on as counted_on,
        area_code,
        'none' as industry_code,
        'none' as unit_code,
        brand_tier_code as item_code,
        1 as numerator,
        null as denominator,
        'fct_skill_brands' as fact_name,
        _batch_id || '|' || coalesce(_sheet, '') || '|' || cast(_row_number as string) as fact_id,
        _batch_id,
        _sheet,
        _row_number
    from brands
),

-- 发挥“培训育品牌，品牌稳就业”的带动效应
m10_4_trained as (
    select
        'M10-4' as indicator_id,
        period_ends_on as counted_on,
        area_code,
        'none' as industry_code,
        brand_code as unit_code,
        'trained' as item_code,
        person_time_count as numerator,
        null as denominator,
        'fct_skill_brands' as fact_name,
        _batch_id || '|' || coalesce(_sheet, '') || '|' || cast(_row_number as string) as fact_id,
        _batch_id,
        _sheet,
        _row_number
    from brands
),

m10_4_placed as (
    select
        'M10-4' as indicator_id,
        period_ends_on as counted_on,
        area_code,
        'none' as industry_code,
        brand_code as unit_code,
        'placed' as item_code,
        employed_count as numerator,
        null as denominator,
        'fct_skill_brands' as fact_name,
        _batch_id || '|' || coalesce(_sheet, '') || '|' || cast(_row_number as string) as fact_id,
        _batch_id,
        _sheet,
        _row_number
    from brands
),

evidence as (
    select * from m10_1
    union all
    select * from m10_2
    union all
    select * from m10_3
    union all
    select * from m10_4_trained
    union all
    select * from m10_4_placed
)

{{ evidence_rows() }}
