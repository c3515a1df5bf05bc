with trainings as (
    select * from {{ ref('fct_teacher_trainings') }}
),

sessions as (
    select * from {{ ref('fct_assessment_sessions') }}
),

banks as (
    select *
    from {{ ref('fct_question_banks') }}
    where is_reviewed and is_in_use
),

schools as (
    select * from {{ ref('fct_schools') }}
),

enterprises as (
    select * from {{ ref('fct_enterprises') }}
),

run as (
    select * from {{ ref('stg_landing__run') }}
),

thresholds as (
    select * from {{ ref('int_plan__thresholds') }}
),

certificates as (
    select
        held.certificate_kind_code,
        held.area_code,
        held.industry_code,
        {{ part_of_month('held.issued_on', 'thresholds.month_first_day') }} as counted_on,
        count(*) as certificate_count
    from {{ ref('fct_certificates') }} as held
    cross join thresholds
    inner join run on held.issued_on <= run.as_of_on
    group by all
),

-- 组建外督团队，推进职业技能评价工作外部督导
m14_1 as (
    select
        'M14-1' as indicator_id,
        held_on as counted_on,
        area_code,
        'none' as industry_code,
        'none' as unit_code,
        'all' as item_code,
        case when has_external_supervisor then 1 else 0 end as numerator,
        1 as denominator,
        cast(null as bigint) as person_key,
        'fct_assessment_sessions' as fact_name,
        session_id as fact_id,
        _batch_id,
        _sheet,
        _row_number
    from sessions
),

-- 开展外督人员培训
m14_2 as (
    select
        'M14-2' as indicator_id,
        ended_on as counted_on,
        {{ city_code() }} as area_code,
        'none' as industry_code,
        'none' as unit_code,
        'all' as item_code,
        1 as numerator,
        null as denominator,
        person_key,
        'fct_teacher_trainings' as fact_name,
        _batch_id || '|' || coalesce(_sheet, '') || '|' || cast(_row_number as string) as fact_id,
        _batch_id,
        _sheet,
        _row_number
    from trainings
    where training_kind_code = 'supervisor'
),

-- 推进酒类工种题库共建共享，探索市场需求大的工种题库共建共享
m14_3 as (
    select
        'M14-3' as indicator_id,
        period_starts_on as counted_on,
        {{ city_code() }} as area_code,
        industry_code,
        'none' as unit_code,
        'all' as item_code,
        1 as numerator,
        null as denominator,
        cast(null as bigint) as person_key,
        'fct_question_banks' as fact_name,
        bank_id || '|' || cast(period_starts_on as string) as fact_id,
        _batch_id,
        _sheet,
        _row_number
    from banks
),

m14_3_shared as (
    select
        'M14-3' as indicator_id,
        period_starts_on as counted_on,
        {{ city_code() }} as area_code,
        industry_code,
        'none' as unit_code,
        'shared' as item_code,
        1 as numerator,
        null as denominator,
        cast(null as bigint) as person_key,
        'fct_question_banks' as fact_name,
        bank_id || '|' || cast(period_starts_on as string) as fact_id,
        _batch_id,
        _sheet,
        _row_number
    from banks
    where is_shared
),

-- 推进“学历证书+若干职业技能等级证书”制度
m14_4 as (
    select
        'M14-4' as indicator_id,
        period_starts_on as counted_on,
        area_code,
        'none' as industry_code,
        school_id as unit_code,
        'all' as item_code,
        dual_certificate_count as numerator,
        null as denominator,
        cast(null as bigint) as person_key,
        'fct_schools' as fact_name,
        school_id || '|' || cast(period_starts_on as string) as fact_id,
        _batch_id,
        _sheet,
        _row_number
    from schools
),

-- 推动符合条件的规模以上制造业企业全部纳入技能人才自主评价机构备案
m14_5 as (
    select
        'M14-5' as indicator_id,
        period_starts_on as counted_on,
        area_code,
        industry_code,
        enterprise_uscc as unit_code,
        'all' as item_code,
        case when has_self_evaluation then 1 else 0 end as numerator,
        1 as denominator,
        cast(null as bigint) as person_key,
        'fct_enterprises' as fact_name,
        enterprise_uscc || '|' || cast(period_starts_on as string) as fact_id,
        _batch_id,
        _sheet,
        _row_number
    from enterprises
    where is_above_scale and is_manufacturing and is_self_evaluation_eligible
),

-- 以职业资格评价、职业技能等级认定和专项职业能力考核为主要内容
m14_6 as (
    select
        'M14-6' as indicator_id,
        counted_on,
        area_code,
        industry_code,
        'none' as unit_code,
        certificate_kind_code as item_code,
        certificate_count as numerator,
        null as denominator,
        cast(null as bigint) as person_key,
        'fct_certificates' as fact_name,
        certificate_kind_code as fact_id,
        cast(null as string) as _batch_id,
        cast(null as string) as _sheet,
        cast(null as bigint) as _row_number
    from certificates
),

evidence as (
    select * from m14_1
    union all
    select * from m14_2
    union all
    select * from m14_3
    union all
    select * from m14_3_shared
    union all
    select * from m14_4
    union all
    select * from m14_5
    union all
    select * from m14_6
)

{{ evidence_rows(is_about_persons=true) }}
