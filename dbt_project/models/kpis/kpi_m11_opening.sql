with files as (
    select * from {{ ref('fct_class_files') }}
),

institution_events as (
    select * from {{ ref('fct_institution_events') }}
),

contracts as (
    select
        institution_uscc,
        min(case when event_kind_code = 'selected' then happened_on end) as selected_on,
        min(case when event_kind_code = 'contracted' then happened_on end) as contracted_on,
        min(case when event_kind_code = 'exited' then happened_on end) as exited_on
    from institution_events
    group by institution_uscc
),

held as (
    select
        files.*,
        coalesce(
            greatest(contracts.selected_on, contracts.contracted_on) <= files.started_on
            and coalesce(contracts.exited_on > files.started_on, true),
            false
        ) as is_in_contract
    from files
    left join contracts on files.institution_uscc = contracts.institution_uscc
    where files.is_subsidised
),

supervised as (
    select * from {{ ref('int_institutions__supervised') }}
),

surveys as (
    select
        *,
        area_code || '|' || survey_id || '|' || cast(period_starts_on as string) as fact_id
    from {{ ref('fct_willingness_surveys') }}
),

-- 定期对民办职业培训学校、技工院校(职业院校)、企业进行资质审查 … 开展实地评估
m11_2 as (
    select
        'M11-2' as indicator_id,
        seen_until_on as counted_on,
        area_code,
        'none' as industry_code,
        institution_uscc as unit_code,
        'all' as item_code,
        case when is_reviewed and is_visited then 1 else 0 end as numerator,
        1 as denominator,
        'fct_institution_events' as fact_name,
        institution_uscc || '|' || cast(starts_on as string) as fact_id,
        cast(null as string) as _batch_id,
        cast(null as string) as _sheet,
        cast(null as bigint) as _row_number
    from supervised
),

-- 常态化开展劳动力培训就业意愿摸排
m11_3 as (
    select
        'M11-3' as indicator_id,
        completed_on as counted_on,
        area_code,
        'none' as industry_code,
        'none' as unit_code,
        'all' as item_code,
        1 as numerator,
        null as denominator,
        'fct_willingness_surveys' as fact_name,
        fact_id,
        _batch_id,
        _sheet,
        _row_number
    from surveys
),

-- Beside it, how many of those who were asked want to be trained.
m11_3_willing as (
    select
        'M11-3-willing' as indicator_id,
        completed_on as counted_on,
        area_code,
        'none' as industry_code,
        'none' as unit_code,
        'all' as item_code,
        willing_count as numerator,
        surveyed_count as denominator,
        'fct_willingness_surveys' as fact_name,
        fact_id,
        _batch_id,
        _sheet,
        _row_number
    from surveys
),

-- 严格对培训对象、培训师资、培训场地、培训方式、培训工种、培训课程等关键要素进行监督管理: all six before the start.
m11_4 as (
    select
        'M11-4' as indicator_id,
        started_on as counted_on,
        area_code,
        'none' as industry_code,
        'none' as unit_code,
        'all' as item_code,
        case
            when
                trainees_approved_on <= started_on
                and teachers_approved_on <= started_on
                and venue_approved_on <= started_on
                and mode_approved_on <= started_on
                and occupation_approved_on <= started_on
                and course_approved_on <= started_on
                then 1
            else 0
        end as numerator,
        1 as denominator,
        'fct_class_files' as fact_name,
        class_id as fact_id,
        _batch_id,
        _sheet,
        _row_number
    from files
),

-- 通过招标遴选 … 承接政府补贴性培训: selected and in contract on the day of opening.
m11_1 as (
    select
        'M11-1' as indicator_id,
        ended_on as counted_on,
        area_code,
        industry_code,
        institution_uscc as unit_code,
        'all' as item_code,
        case when is_in_contract then 1 else 0 end as numerator,
        1 as denominator,
        'fct_class_files' as fact_name,
        class_id as fact_id,
        _batch_id,
        _sheet,
        _row_number
    from held
),

evidence as (
    select * from m11_2
    union all
    select * from m11_3
    union all
    select * from m11_3_willing
    union all
    select * from m11_4
    union all
    select * from m11_1
)

{{ evidence_rows() }}
