with events as (
    select * from {{ ref('fct_county_events') }}
),

-- 大力宣传职业技能培训方针政策，大力推广技能人才培养典型经验
m23_1 as (
    select
        'M23-1' as indicator_id,
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
    where event_kind_code in ('publicity', 'item', 'model_case')
),

m23_1_by_kind as (
    select
        'M23-1' as indicator_id,
        happened_on as counted_on,
        area_code,
        'none' as industry_code,
        'none' as unit_code,
        event_kind_code as item_code,
        1 as numerator,
        null as denominator,
        'fct_county_events' as fact_name,
        area_code || '|' || event_id || '|' || cast(period_starts_on as string) as fact_id,
        _batch_id,
        _sheet,
        _row_number
    from events
    where event_kind_code in ('publicity', 'item', 'model_case')
),

evidence as (
    select * from m23_1
    union all
    select * from m23_1_by_kind
)

{{ evidence_rows() }}
