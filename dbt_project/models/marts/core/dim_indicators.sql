with indicators as (
    select * from {{ ref('indicators') }}
),

named as (
    select
        indicator_id,
        plan_id,
        measure_no,
        name_zh,
        name_en,
        definition,
        unit as unit_name_en,
        unit_zh as unit_name_zh,
        counting_code,
        reading_code,
        member_scope_kind,
        target_kind as target_kind_code,
        direction,
        target as target_text,
        period as period_text,
        scope as scope_text,
        plan_section,
        clause_zh,
        reference_indicator_id
    from indicators
)

select * from named
