with hires as (
    select * from {{ ref('fct_mutual_hires') }}
),

instructors as (
    select * from {{ ref('fct_instructors') }}
),

teachers as (
    select *
    from instructors
    where instructor_role_code = 'teacher'
),

trainings as (
    select * from {{ ref('fct_teacher_trainings') }}
),

engaged as (
    select * from {{ ref('int_institutions__engaged') }}
),

backbone_classes as (
    select
        teacher_class_id,
        max(ended_on) as ended_on
    from trainings
    where training_kind_code = 'backbone'
    group by teacher_class_id
),

-- 民办培训机构专职教师不得少于教师总数的1/3
m12_1 as (
    select
        'M12-1' as indicator_id,
        period_ends_on as counted_on,
        area_code,
        'none' as industry_code,
        institution_uscc as unit_code,
        'all' as item_code,
        case when employment_code = 'full_time' then 1 else 0 end as numerator,
        1 as denominator,
        cast(null as bigint) as person_key,
        'fct_instructors' as fact_name,
        _batch_id || '|' || coalesce(_sheet, '') || '|' || cast(_row_number as string) as fact_id,
        _batch_id,
        _sheet,
        _row_number
    from teachers
    where is_private
),

-- 兼职教师1年内任职不得超过3家培训机构: the busiest of them.
m12_2 as (
    select
        'M12-2' as indicator_id,
        period_ends_on as counted_on,
        {{ city_code() }} as area_code,
        'none' as industry_code,
        'none' as unit_code,
        'all' as item_code,
        institution_count as numerator,
        null as denominator,
        person_key,
        'fct_instructors' as fact_name,
        fact_id,
        cast(null as string) as _batch_id,
        cast(null as string) as _sheet,
        cast(null as bigint) as _row_number
    from engaged
),

-- 每年至少举办1期骨干师资培训班
m12_3 as (
    select
        'M12-3' as indicator_id,
        ended_on as counted_on,
        {{ city_code() }} as area_code,
        'none' as industry_code,
        'none' as unit_code,
        'all' as item_code,
        1 as numerator,
        null as denominator,
        cast(null as bigint) as person_key,
        'fct_teacher_trainings' as fact_name,
        teacher_class_id as fact_id,
        cast(null as string) as _batch_id,
        cast(null as string) as _sheet,
        cast(null as bigint) as _row_number
    from backbone_classes
),

-- 严格执行培训教师上岗资格认定制度
m12_4 as (
    select
        'M12-4' as indicator_id,
        period_ends_on as counted_on,
        area_code,
        'none' as industry_code,
        institution_uscc as unit_code,
        'all' as item_code,
        case when qualified_until >= period_ends_on then 1 else 0 end as numerator,
        1 as denominator,
        person_key,
        'fct_instructors' as fact_name,
        _batch_id || '|' || coalesce(_sheet, '') || '|' || cast(_row_number as string) as fact_id,
        _batch_id,
        _sheet,
        _row_number
    from teachers
),

-- 常态化开展民办职业培训学校管理人员和教师职业能力轮训
m12_5_trained as (
    select
        'M12-5' as indicator_id,
        ended_on as counted_on,
        {{ city_code() }} as area_code,
        'none' as industry_code,
        'none' as unit_code,
        'all' as item_code,
        1 as numerator,
        0 as denominator,
        person_key,
        'fct_teacher_trainings' as fact_name,
        _batch_id || '|' || coalesce(_sheet, '') || '|' || cast(_row_number as string) as fact_id,
        _batch_id,
        _sheet,
        _row_number
    from trainings
    where training_kind_code = 'rotation'
),

m12_5_on_the_roll as (
    select
        'M12-5' as indicator_id,
        period_ends_on as counted_on,
        {{ city_code() }} as area_code,
        'none' as industry_code,
        'none' as unit_code,
        'all' as item_code,
        0 as numerator,
        1 as denominator,
        person_key,
        'fct_instructors' as fact_name,
        _batch_id || '|' || coalesce(_sheet, '') || '|' || cast(_row_number as string) as fact_id,
        _batch_id,
        _sheet,
        _row_number
    from instructors
    where is_private
),

-- 推行校企人员互聘制度
m12_6 as (
    select
        'M12-6' as indicator_id,
        started_on as counted_on,
        area_code,
        'none' as industry_code,
        'none' as unit_code,
        'all' as item_code,
        1 as numerator,
        null as denominator,
        person_key,
        'fct_mutual_hires' as fact_name,
        _batch_id || '|' || coalesce(_sheet, '') || '|' || cast(_row_number as string) as fact_id,
        _batch_id,
        _sheet,
        _row_number
    from hires
),

evidence as (
    select * from m12_1
    union all
    select * from m12_2
    union all
    select * from m12_3
    union all
    select * from m12_4
    union all
    select * from m12_5_trained
    union all
    select * from m12_5_on_the_roll
    union all
    select * from m12_6
)

{{ evidence_rows(is_about_persons=true) }}
