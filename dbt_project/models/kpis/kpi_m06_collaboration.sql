with classes as (
    select * from {{ ref('fct_collaboration_classes') }}
),

named_aliases as (
    select * from {{ ref('named_aliases') }}
),

-- 多形式开展“订单”“定岗”输出培训: the eight pairs that the clause names.
m06_1 as (
    select
        'M06-1' as indicator_id,
        classes.ended_on as counted_on,
        classes.area_code,
        'none' as industry_code,
        'none' as unit_code,
        named_aliases.item_code,
        1 as numerator,
        null as denominator,
        'fct_collaboration_classes' as fact_name,
        classes.collaboration_class_id as fact_id,
        classes._batch_id,
        classes._sheet,
        classes._row_number
    from classes
    inner join named_aliases
        on
            named_aliases.named_kind = 'zhuhai_pair'
            and classes.partner_name = named_aliases.alias
    where classes.class_mode_code in ('order', 'post')
),

-- 继续推动东西部协作培训
m06_2_trained as (
    select
        'M06-2' as indicator_id,
        ended_on as counted_on,
        area_code,
        'none' as industry_code,
        'none' as unit_code,
        'trained' as item_code,
        person_time_count as numerator,
        null as denominator,
        'fct_collaboration_classes' as fact_name,
        collaboration_class_id as fact_id,
        _batch_id,
        _sheet,
        _row_number
    from classes
),

m06_2_placed as (
    select
        'M06-2' as indicator_id,
        ended_on as counted_on,
        area_code,
        'none' as industry_code,
        'none' as unit_code,
        'placed' as item_code,
        placed_count as numerator,
        null as denominator,
        'fct_collaboration_classes' as fact_name,
        collaboration_class_id as fact_id,
        _batch_id,
        _sheet,
        _row_number
    from classes
),

-- 与广东、浙江、福建、江苏等遵义籍农民工务工集中省份协作: trained at the destination.
m06_3 as (
    select
        'M06-3' as indicator_id,
        classes.ended_on as counted_on,
        classes.area_code,
        'none' as industry_code,
        'none' as unit_code,
        named_aliases.item_code,
        1 as numerator,
        null as denominator,
        'fct_collaboration_classes' as fact_name,
        classes.collaboration_class_id as fact_id,
        classes._batch_id,
        classes._sheet,
        classes._row_number
    from classes
    inner join named_aliases
        on
            named_aliases.named_kind = 'destination_province'
            and classes.partner_province = named_aliases.alias
    where classes.is_at_destination
),

evidence as (
    select * from m06_1
    union all
    select * from m06_2_trained
    union all
    select * from m06_2_placed
    union all
    select * from m06_3
)

{{ evidence_rows() }}
