with proofs as (
    select * from {{ ref('fct_manual_evidence') }}
),

schools as (
    select
        schools.*,
        named_aliases.item_code as named_code,
        former.student_count as former_student_count,
        former.senior_class_count as former_senior_class_count
    from {{ ref('fct_schools') }} as schools
    inner join {{ ref('named_aliases') }} as named_aliases
        on
            named_aliases.named_kind = 'technical_school'
            and schools.school_name = named_aliases.alias
    left join {{ ref('fct_schools') }} as former
        on
            schools.school_id = former.school_id
            and schools.period_starts_on = former.period_ends_on + interval '1' day
),

-- 支持贵州航天技师学院逐步扩大高级工班、预备技师班办学规模
m19_1 as (
    select
        'M19-1' as indicator_id,
        period_starts_on as counted_on,
        area_code,
        'none' as industry_code,
        school_id as unit_code,
        'all' as item_code,
        senior_class_count as numerator,
        former_senior_class_count as denominator,
        'fct_schools' as fact_name,
        school_id || '|' || cast(period_starts_on as string) as fact_id,
        _batch_id,
        _sheet,
        _row_number
    from schools
    where named_code = 'aerospace_college' and former_senior_class_count > 0
),

-- 推动遵义技师学院提升办学能力
m19_2_students as (
    select
        'M19-2' as indicator_id,
        period_starts_on as counted_on,
        area_code,
        'none' as industry_code,
        school_id as unit_code,
        'students' as item_code,
        student_count as numerator,
        null as denominator,
        'fct_schools' as fact_name,
        school_id || '|' || cast(period_starts_on as string) as fact_id,
        _batch_id,
        _sheet,
        _row_number
    from schools
    where named_code = 'zunyi_college'
),

m19_2_teachers as (
    select
        'M19-2' as indicator_id,
        period_starts_on as counted_on,
        area_code,
        'none' as industry_code,
        school_id as unit_code,
        'teachers' as item_code,
        teacher_count as numerator,
        null as denominator,
        'fct_schools' as fact_name,
        school_id || '|' || cast(period_starts_on as string) as fact_id,
        _batch_id,
        _sheet,
        _row_number
    from schools
    where named_code = 'zunyi_college'
),

m19_2_places as (
    select
        'M19-2' as indicator_id,
        period_starts_on as counted_on,
        area_code,
        'none' as industry_code,
        school_id as unit_code,
        'places' as item_code,
        training_place_count as numerator,
        null as denominator,
        'fct_schools' as fact_name,
        school_id || '|' || cast(period_starts_on as string) as fact_id,
        _batch_id,
        _sheet,
        _row_number
    from schools
    where named_code = 'zunyi_college'
),

-- 支持正安技工学校扩大规模
m19_3 as (
    select
        'M19-3' as indicator_id,
        period_starts_on as counted_on,
        area_code,
        'none' as industry_code,
        school_id as unit_code,
        'all' as item_code,
        student_count as numerator,
        former_student_count as denominator,
        'fct_schools' as fact_name,
        school_id || '|' || cast(period_starts_on as string) as fact_id,
        _batch_id,
        _sheet,
        _row_number
    from schools
    where named_code = 'zhengan_school' and former_student_count > 0
),

-- 支持基础条件较好地区筹建技工学校: each list states all that are being set up.
m19_4 as (
    select
        'M19-4' as indicator_id,
        period_starts_on as counted_on,
        area_code,
        'none' as industry_code,
        'none' as unit_code,
        'all' as item_code,
        stated_count as numerator,
        null as denominator,
        'fct_manual_evidence' as fact_name,
        _batch_id || '|' || coalesce(_sheet, '') || '|' || cast(_row_number as string) as fact_id,
        _batch_id,
        _sheet,
        _row_number
    from proofs
    where indicator_id = 'M19-4'
),

-- 支持正安技工学校 … 筹备升级高级技工学校: each list states all milestones reached.
m19_5 as (
    select
        'M19-5' as indicator_id,
        period_starts_on as counted_on,
        area_code,
        'none' as industry_code,
        'none' as unit_code,
        'all' as item_code,
        stated_count as numerator,
        null as denominator,
        'fct_manual_evidence' as fact_name,
        _batch_id || '|' || coalesce(_sheet, '') || '|' || cast(_row_number as string) as fact_id,
        _batch_id,
        _sheet,
        _row_number
    from proofs
    where indicator_id = 'M19-5'
),

evidence as (
    select * from m19_1
    union all
    select * from m19_2_students
    union all
    select * from m19_2_teachers
    union all
    select * from m19_2_places
    union all
    select * from m19_3
    union all
    select * from m19_4
    union all
    select * from m19_5
)

{{ evidence_rows() }}
