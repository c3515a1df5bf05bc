with run as (
    select * from {{ ref('stg_landing__run') }}
),

dual_certificates as (
    select * from {{ ref('fct_dual_certificates') }}
),

holders as (
    select
        dual_certificates.*,
        run.as_of_on
    from dual_certificates
    cross join run
),

federation_classes as (
    select * from {{ ref('fct_federation_classes') }}
),

files as (
    select * from {{ ref('fct_class_files') }}
),

enterprises as (
    select * from {{ ref('fct_enterprises') }}
),

returns as (
    select * from {{ ref('fct_department_returns') }}
),

plans as (
    select * from {{ ref('fct_department_plans') }}
),

staff as (
    select * from {{ ref('fct_enterprise_staff') }}
),

demands as (
    select * from {{ ref('fct_talent_demands') }}
),

departments as (
    select * from {{ ref('departments') }}
),

batches as (
    select * from {{ ref('stg_landing__batches') }}
),

feeds as (
    select * from {{ ref('stg_landing__feeds') }}
),

periods as (
    select * from {{ ref('int_plan__periods') }}
),

certificates as (
    select * from {{ ref('fct_special_certificates') }}
),

states as (
    select seen_until_on
    from periods
    where period_kind = 'end' and has_begun
    group by seen_until_on
),

-- A return of a quarter is due on a day of the month after it.
quarters as (
    select
        periods.starts_on,
        periods.ends_on,
        cast({{ dbt.dateadd('day', 'feeds.due_day_no', 'periods.ends_on') }} as date) as due_on
    from periods
    inner join feeds on feeds.feed_id = 'department/training_returns'
    where periods.period_kind = 'quarter' and periods.is_over
),

filed as (
    select
        unit_code as department_code,
        period_ends_on,
        min(cast({{ shanghai_from_utc('delivered_at') }} as date)) as filed_on
    from batches
    where feed_id = 'department/training_returns'
    group by unit_code, period_ends_on
),

due as (
    select
        departments.department_code,
        quarters.ends_on,
        quarters.due_on,
        filed.filed_on
    from departments
    cross join quarters
    cross join run
    left join filed
        on
            departments.department_code = filed.department_code
            and quarters.ends_on = filed.period_ends_on
    where departments.returns_due and quarters.due_on <= run.as_of_on
),

foreseen as (
    select
        department_code,
        demand_kind_code,
        published_on,
        cast(date_trunc('year', published_on) as date) as year_on
    from demands
    where demand_kind_code in ('forecast', 'outlook')
),

-- 做好技能人才供需预测和培养规划: a department owes both.
outlooks as (
    select
        department_code,
        year_on,
        max(published_on) as counted_on
    from foreseen
    group by department_code, year_on
    having count(distinct demand_kind_code) = 2
),

-- 帮助重点企业按年度制定技能人才培养计划
m01_1 as (
    select
        'M01-1' as indicator_id,
        period_starts_on as counted_on,
        area_code,
        industry_code,
        coalesce(department_code, 'none') as unit_code,
        'all' as item_code,
        case when has_talent_plan then 1 else 0 end as numerator,
        1 as denominator,
        cast(null as bigint) as person_key,
        'fct_enterprises' as fact_name,
        enterprise_uscc || '|' || cast(period_starts_on as string) as fact_id,
        _batch_id,
        _sheet,
        _row_number
    from enterprises
    where is_key
),

-- 定期统计行业技能人才培训信息
m01_2 as (
    select
        'M01-2' as indicator_id,
        ends_on as counted_on,
        {{ city_code() }} as area_code,
        'none' as industry_code,
        department_code as unit_code,
        'all' as item_code,
        case when filed_on <= due_on then 1 else 0 end as numerator,
        1 as denominator,
        cast(null as bigint) as person_key,
        'fct_batches' as fact_name,
        department_code || '|' || cast(ends_on as string) as fact_id,
        cast(null as string) as _batch_id,
        cast(null as string) as _sheet,
        cast(null as bigint) as _row_number
    from due
),

-- 帮助组织行业技能人才培训
m01_3_trained as (
    select
        'M01-3' as indicator_id,
        period_ends_on as counted_on,
        {{ city_code() }} as area_code,
        industry_code,
        department_code as unit_code,
        'all' as item_code,
        person_time_count as numerator,
        0 as denominator,
        cast(null as bigint) as person_key,
        'fct_department_returns' as fact_name,
        _batch_id || '|' || coalesce(_sheet, '') || '|' || cast(_row_number as string) as fact_id,
        _batch_id,
        _sheet,
        _row_number
    from returns
),

m01_3_planned as (
    select
        'M01-3' as indicator_id,
        period_starts_on as counted_on,
        {{ city_code() }} as area_code,
        industry_code,
        department_code as unit_code,
        'all' as item_code,
        0 as numerator,
        planned_person_time_count as denominator,
        cast(null as bigint) as person_key,
        'fct_department_plans' as fact_name,
        _batch_id || '|' || coalesce(_sheet, '') || '|' || cast(_row_number as string) as fact_id,
        _batch_id,
        _sheet,
        _row_number
    from plans
),

-- 推进特种作业人员(特种设备操作员)持证上岗
m01_4_hazardous as (
    select
        'M01-4' as indicator_id,
        period_ends_on as counted_on,
        area_code,
        industry_code,
        'emergency' as unit_code,
        'all' as item_code,
        hazardous_certified_count as numerator,
        hazardous_count as denominator,
        cast(null as bigint) as person_key,
        'fct_enterprise_staff' as fact_name,
        enterprise_uscc || '|' || cast(period_ends_on as string) || '|' || 'hazardous' as fact_id,
        _batch_id,
        _sheet,
        _row_number
    from staff
    where hazardous_count is not null
),

m01_4_equipment as (
    select
        'M01-4' as indicator_id,
        period_ends_on as counted_on,
        area_code,
        industry_code,
        'market_regulation' as unit_code,
        'all' as item_code,
        equipment_certified_count as numerator,
        equipment_count as denominator,
        cast(null as bigint) as person_key,
        'fct_enterprise_staff' as fact_name,
        enterprise_uscc || '|' || cast(period_ends_on as string) || '|' || 'equipment' as fact_id,
        _batch_id,
        _sheet,
        _row_number
    from staff
    where equipment_count is not null
),

m01_6 as (
    select
        'M01-6' as indicator_id,
        counted_on,
        {{ city_code() }} as area_code,
        'none' as industry_code,
        department_code as unit_code,
        'all' as item_code,
        1 as numerator,
        null as denominator,
        cast(null as bigint) as person_key,
        'fct_talent_demands' as fact_name,
        department_code || '|' || cast(year_on as string) as fact_id,
        cast(null as string) as _batch_id,
        cast(null as string) as _sheet,
        cast(null as bigint) as _row_number
    from outlooks
),

-- Beside what enterprises report: who holds such a certificate, as the registers say.
m01_4_holders as (
    select
        'M01-4-holders' as indicator_id,
        states.seen_until_on as counted_on,
        certificates.area_code,
        'none' as industry_code,
        'none' as unit_code,
        'all' as item_code,
        1 as numerator,
        null as denominator,
        certificates.person_key,
        'fct_special_certificates' as fact_name,
        certificates._batch_id || '|' || cast(certificates._row_number as string) as fact_id,
        certificates._batch_id,
        certificates._sheet,
        certificates._row_number
    from certificates
    cross join states
    where certificates.is_in_force
),

-- 探索推动 … “一培双考”“一考双证”: once both are issued.
m01_5 as (
    select
        'M01-5' as indicator_id,
        skill_level_issued_on as counted_on,
        area_code,
        'none' as industry_code,
        'none' as unit_code,
        'all' as item_code,
        1 as numerator,
        null as denominator,
        person_key,
        'fct_dual_certificates' as fact_name,
        _batch_id || '|' || coalesce(_sheet, '') || '|' || cast(_row_number as string) as fact_id,
        _batch_id,
        _sheet,
        _row_number
    from holders
    where
        special_operation_issued_on <= skill_level_issued_on
        and skill_level_issued_on <= as_of_on
),

-- 帮助中小微企业积极开展职工技能储备培训: person-times as the class files state them.
m01_7 as (
    select
        'M01-7' as indicator_id,
        ended_on as counted_on,
        area_code,
        industry_code,
        'none' as unit_code,
        'all' as item_code,
        completed_count as numerator,
        null as denominator,
        cast(null as bigint) as person_key,
        'fct_class_files' as fact_name,
        class_id as fact_id,
        _batch_id,
        _sheet,
        _row_number
    from files
    where enterprise_size_code in ('small', 'micro')
),

-- Trainings of the unions and federations: told by class, beside what is counted by person.
m01_3_federations as (
    select
        'M01-3-federations' as indicator_id,
        ended_on as counted_on,
        area_code,
        'none' as industry_code,
        department_code as unit_code,
        'all' as item_code,
        completed_count as numerator,
        null as denominator,
        cast(null as bigint) as person_key,
        'fct_federation_classes' as fact_name,
        department_code || '|' || class_id || '|' || cast(period_starts_on as string) as fact_id,
        _batch_id,
        _sheet,
        _row_number
    from federation_classes
),

evidence as (
    select * from m01_1
    union all
    select * from m01_2
    union all
    select * from m01_3_trained
    union all
    select * from m01_3_planned
    union all
    select * from m01_4_hazardous
    union all
    select * from m01_4_equipment
    union all
    select * from m01_6
    union all
    select * from m01_4_holders
    union all
    select * from m01_3_federations
    union all
    select * from m01_5
    union all
    select * from m01_7
)

{{ evidence_rows(is_about_persons=true) }}
