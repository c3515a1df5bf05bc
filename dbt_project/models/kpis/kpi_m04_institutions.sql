with accounts as (
    select * from {{ ref('fct_institution_finances') }}
),

supervised as (
    select * from {{ ref('int_institutions__supervised') }}
),

events as (
    select * from {{ ref('fct_institution_events') }}
),

trainings as (
    select * from {{ ref('fct_trainings') }}
),

thresholds as (
    select * from {{ ref('int_plan__thresholds') }}
),

institutions as (
    select * from {{ ref('dim_institutions') }}
),

named_aliases as (
    select * from {{ ref('named_aliases') }}
),

states as (
    select seen_until_on
    from {{ ref('int_plan__periods') }}
    where period_kind = 'end' and has_begun
    group by seen_until_on
),

evaluations as (
    select
        *,
        row_number() over (
            partition by institution_uscc
            order by happened_on desc, institution_event_id desc
        ) as recency_no
    from events
    where event_kind_code = 'evaluated'
),

-- 培育发展10家办学特色鲜明、培训效果优良的优质民办职业培训机构: by the latest evaluation.
m04_1 as (
    select
        'M04-1' as indicator_id,
        states.seen_until_on as counted_on,
        evaluations.area_code,
        'none' as industry_code,
        evaluations.institution_uscc as unit_code,
        'all' as item_code,
        1 as numerator,
        null as denominator,
        'fct_institution_events' as fact_name,
        evaluations.institution_event_id as fact_id,
        evaluations._batch_id,
        evaluations._sheet,
        evaluations._row_number
    from evaluations
    cross join states
    where
        evaluations.recency_no = 1
        and evaluations.is_private
        and evaluations.event_result_code = 'excellent'
),

-- 常态化开展职业技能培训质量评估和办学能力监测
m04_2 as (
    select
        'M04-2' as indicator_id,
        seen_until_on as counted_on,
        area_code,
        'none' as industry_code,
        institution_uscc as unit_code,
        'all' as item_code,
        case when is_evaluated and is_visited then 1 else 0 end as numerator,
        1 as denominator,
        'fct_institution_events' as fact_name,
        institution_uscc || '|' || cast(starts_on as string) as fact_id,
        cast(null as string) as _batch_id,
        cast(null as string) as _sheet,
        cast(null as bigint) as _row_number
    from supervised
),

-- 鼓励职业培训学校要拿出一定比例的收支结余用于补充实训设备的不足和新旧更替
m04_4 as (
    select
        'M04-4' as indicator_id,
        period_ends_on as counted_on,
        area_code,
        'none' as industry_code,
        institution_uscc as unit_code,
        'all' as item_code,
        reinvested_cny as numerator,
        surplus_cny as denominator,
        'fct_institution_finances' as fact_name,
        institution_uscc || '|' || cast(period_starts_on as string) as fact_id,
        _batch_id,
        _sheet,
        _row_number
    from accounts
),

-- 鼓励遵义市人力资本(集团)有限公司、遵义教育发展集团有限公司等具备条件的国有企业开展职业技能培训
m04_3 as (
    select
        'M04-3' as indicator_id,
        {{ part_of_month('trainings.ended_on', 'thresholds.month_first_day') }} as counted_on,
        trainings.area_code,
        trainings.industry_code,
        trainings.institution_uscc as unit_code,
        named_aliases.item_code,
        count(*) as numerator,
        null as denominator,
        'fct_trainings' as fact_name,
        trainings.institution_uscc as fact_id,
        cast(null as string) as _batch_id,
        cast(null as string) as _sheet,
        cast(null as bigint) as _row_number
    from trainings
    cross join thresholds
    inner join institutions on trainings.institution_uscc = institutions.institution_uscc
    inner join named_aliases
        on
            named_aliases.named_kind = 'state_provider'
            and institutions.institution_name = named_aliases.alias
    group by all
),

evidence as (
    select * from m04_1
    union all
    select * from m04_2
    union all
    select * from m04_3
    union all
    select * from m04_4
)

{{ evidence_rows() }}
