with files as (
    select * from {{ ref('fct_class_files') }}
),

schools as (
    select * from {{ ref('fct_schools') }}
),

partnerships as (
    select *
    from {{ ref('fct_partnerships') }}
    where is_signed and not is_ended
),

named_aliases as (
    select * from {{ ref('named_aliases') }}
),

-- 各职业院校每年开展职业技能培训人次数不得少于在校生人数的50%
m03_1 as (
    select
        'M03-1' as indicator_id,
        period_starts_on as counted_on,
        area_code,
        'none' as industry_code,
        school_id as unit_code,
        'all' as item_code,
        person_time_count as numerator,
        student_count as denominator,
        'fct_schools' as fact_name,
        school_id || '|' || cast(period_starts_on as string) as fact_id,
        _batch_id,
        _sheet,
        _row_number
    from schools
),

-- 发放总额不超过培训补贴的50%
m03_2 as (
    select
        'M03-2' as indicator_id,
        period_starts_on as counted_on,
        area_code,
        'none' as industry_code,
        school_id as unit_code,
        'all' as item_code,
        remuneration_cny as numerator,
        subsidy_cny as denominator,
        'fct_schools' as fact_name,
        school_id || '|' || cast(period_starts_on as string) as fact_id,
        _batch_id,
        _sheet,
        _row_number
    from schools
),

-- 各县(市、区)都有1家职业院校与省内外优质企业开展“校企合作”
m03_3 as (
    select
        'M03-3' as indicator_id,
        period_starts_on as counted_on,
        area_code,
        'none' as industry_code,
        'none' as unit_code,
        'all' as item_code,
        1 as numerator,
        null as denominator,
        'fct_partnerships' as fact_name,
        partnership_id || '|' || cast(period_starts_on as string) as fact_id,
        _batch_id,
        _sheet,
        _row_number
    from partnerships
    where partner_kind_code = 'enterprise'
),

-- 深化珠海技师学院与正安县技工学校、遵义市技工学校合作
m03_4 as (
    select
        'M03-4' as indicator_id,
        partnerships.period_starts_on as counted_on,
        partnerships.area_code,
        'none' as industry_code,
        'none' as unit_code,
        named_aliases.item_code,
        1 as numerator,
        null as denominator,
        'fct_partnerships' as fact_name,
        partnerships.partnership_id
        || '|'
        || cast(partnerships.period_starts_on as string) as fact_id,
        partnerships._batch_id,
        partnerships._sheet,
        partnerships._row_number
    from partnerships
    inner join named_aliases
        on
            named_aliases.named_kind = 'school_partnership'
            and partnerships.school_name || '—' || partnerships.partner_name
            = named_aliases.alias
),

-- 组织实施技工院校毕业证书“双认证”行动
m03_5 as (
    select
        'M03-5' as indicator_id,
        period_starts_on as counted_on,
        area_code,
        'none' as industry_code,
        school_id as unit_code,
        'all' as item_code,
        dual_diploma_count as numerator,
        null as denominator,
        'fct_schools' as fact_name,
        school_id || '|' || cast(period_starts_on as string) as fact_id,
        _batch_id,
        _sheet,
        _row_number
    from schools
    where school_kind_code = 'technical'
),

-- 加强职业院校“双师型”教师培养
m03_6 as (
    select
        'M03-6' as indicator_id,
        period_starts_on as counted_on,
        area_code,
        'none' as industry_code,
        school_id as unit_code,
        'all' as item_code,
        dual_qualified_count as numerator,
        teacher_count as denominator,
        'fct_schools' as fact_name,
        school_id || '|' || cast(period_starts_on as string) as fact_id,
        _batch_id,
        _sheet,
        _row_number
    from schools
),

-- 大力实施订单定岗培训: person-times as the class files state them.
m03_7 as (
    select
        'M03-7' as indicator_id,
        ended_on as counted_on,
        area_code,
        industry_code,
        'none' as unit_code,
        'all' as item_code,
        completed_count as numerator,
        null as denominator,
        'fct_class_files' as fact_name,
        class_id as fact_id,
        _batch_id,
        _sheet,
        _row_number
    from files
    where is_order_based
),

evidence as (
    select * from m03_1
    union all
    select * from m03_2
    union all
    select * from m03_3
    union all
    select * from m03_4
    union all
    select * from m03_5
    union all
    select * from m03_6
    union all
    select * from m03_7
)

{{ evidence_rows() }}
