with files as (
    select * from {{ ref('fct_class_files') }}
),

apprentices as (
    select * from {{ ref('fct_apprentices') }}
),

listed as (
    select
        apprentices.*,
        row_number() over (
            partition by
                apprentices.department_code,
                apprentices.enterprise_uscc,
                extract(year from apprentices.started_on)
            order by
                apprentices.started_on,
                apprentices._batch_id,
                apprentices._sheet,
                apprentices._row_number
        ) as entry_no
    from apprentices
),

enterprises as (
    select * from {{ ref('fct_enterprises') }}
),

staff as (
    select * from {{ ref('fct_enterprise_staff') }}
),

funds as (
    select * from {{ ref('fct_education_funds') }}
),

credits as (
    select * from {{ ref('fct_surcharge_credits') }}
),

parameters as (
    select * from {{ ref('int_plan__thresholds') }}
),

-- 推动实现企业职工“人人持证”
m02_3 as (
    select
        'M02-3' as indicator_id,
        period_ends_on as counted_on,
        area_code,
        industry_code,
        enterprise_uscc as unit_code,
        'all' as item_code,
        certified_count as numerator,
        staff_count as denominator,
        cast(null as bigint) as person_key,
        'fct_enterprise_staff' as fact_name,
        enterprise_uscc || '|' || cast(period_ends_on as string) as fact_id,
        _batch_id,
        _sheet,
        _row_number
    from staff
),

-- 落实“新八级工”职业技能等级(岗位)制度
m02_4 as (
    select
        'M02-4' as indicator_id,
        period_starts_on as counted_on,
        area_code,
        industry_code,
        enterprise_uscc as unit_code,
        'all' as item_code,
        case when has_eight_levels then 1 else 0 end as numerator,
        null as denominator,
        cast(null as bigint) as person_key,
        'fct_enterprises' as fact_name,
        enterprise_uscc || '|' || cast(period_starts_on as string) as fact_id,
        _batch_id,
        _sheet,
        _row_number
    from enterprises
),

-- 60%以上用于一线职工教育和培训
m02_5 as (
    select
        'M02-5' as indicator_id,
        period_starts_on as counted_on,
        area_code,
        industry_code,
        enterprise_uscc as unit_code,
        'all' as item_code,
        front_line_cny as numerator,
        drawn_cny as denominator,
        cast(null as bigint) as person_key,
        'fct_education_funds' as fact_name,
        enterprise_uscc || '|' || cast(period_starts_on as string) as fact_id,
        _batch_id,
        _sheet,
        _row_number
    from funds
),

-- 可依据有关规定按投资额的30%，抵免当年应缴教育费附加和地方教育附加
m02_6 as (
    select
        'M02-6' as indicator_id,
        credits.period_starts_on as counted_on,
        credits.area_code,
        'none' as industry_code,
        credits.enterprise_uscc as unit_code,
        'all' as item_code,
        credits.credit_cny as numerator,
        least(
            credits.surcharge_due_cny, credits.investment_cny * parameters.surcharge_credit_share
        ) as denominator,
        cast(null as bigint) as person_key,
        'fct_surcharge_credits' as fact_name,
        credits.enterprise_uscc || '|' || cast(credits.period_starts_on as string) as fact_id,
        credits._batch_id,
        credits._sheet,
        credits._row_number
    from credits
    cross join parameters
),

-- 落实企业按规定足额提取和使用职工教育经费
m02_8 as (
    select
        'M02-8' as indicator_id,
        period_starts_on as counted_on,
        area_code,
        industry_code,
        enterprise_uscc as unit_code,
        'all' as item_code,
        case when drawn_cny >= required_cny then 1 else 0 end as numerator,
        1 as denominator,
        cast(null as bigint) as person_key,
        'fct_education_funds' as fact_name,
        enterprise_uscc || '|' || cast(period_starts_on as string) as fact_id,
        _batch_id,
        _sheet,
        _row_number
    from funds
),

-- 建立职工终身职业技能培训制度
m02_9 as (
    select
        'M02-9' as indicator_id,
        period_starts_on as counted_on,
        area_code,
        industry_code,
        enterprise_uscc as unit_code,
        'all' as item_code,
        case when has_lifelong_system then 1 else 0 end as numerator,
        null as denominator,
        cast(null as bigint) as person_key,
        'fct_enterprises' as fact_name,
        enterprise_uscc || '|' || cast(period_starts_on as string) as fact_id,
        _batch_id,
        _sheet,
        _row_number
    from enterprises
),

-- 每年分别组织1-2家符合条件的企业列入企业新型学徒制培训目录: an enterprise by its first apprentice.
m02_1 as (
    select
        'M02-1' as indicator_id,
        started_on as counted_on,
        area_code,
        industry_code,
        coalesce(department_code, 'none') as unit_code,
        'all' as item_code,
        1 as numerator,
        null as denominator,
        cast(null as bigint) as person_key,
        'fct_apprentices' as fact_name,
        _batch_id || '|' || coalesce(_sheet, '') || '|' || cast(_row_number as string) as fact_id,
        _batch_id,
        _sheet,
        _row_number
    from listed
    where entry_no = 1
),

-- 全面推行中国特色企业新型学徒制培训
m02_2 as (
    select
        'M02-2' as indicator_id,
        started_on as counted_on,
        area_code,
        industry_code,
        coalesce(department_code, 'none') as unit_code,
        'all' as item_code,
        1 as numerator,
        null as denominator,
        person_key,
        'fct_apprentices' as fact_name,
        _batch_id || '|' || coalesce(_sheet, '') || '|' || cast(_row_number as string) as fact_id,
        _batch_id,
        _sheet,
        _row_number
    from apprentices
),

-- 规范开展岗前、转岗、在岗技能提升培训: person-times as the class files state them.
m02_7 as (
    select
        'M02-7' as indicator_id,
        ended_on as counted_on,
        area_code,
        industry_code,
        'none' as unit_code,
        post_stage_code as item_code,
        completed_count as numerator,
        null as denominator,
        cast(null as bigint) as person_key,
        'fct_class_files' as fact_name,
        class_id as fact_id,
        _batch_id,
        _sheet,
        _row_number
    from files
    where post_stage_code is not null
),

evidence as (
    select * from m02_3
    union all
    select * from m02_4
    union all
    select * from m02_5
    union all
    select * from m02_6
    union all
    select * from m02_8
    union all
    select * from m02_9
    union all
    select * from m02_1
    union all
    select * from m02_2
    union all
    select * from m02_7
)

{{ evidence_rows(is_about_persons=true) }}
