with files as (
    select * from {{ ref('fct_class_files') }}
),

key_pairs as (
    select * from {{ ref('named_members') }}
    where named_kind = 'key_enterprise_pair'
),

at_key_enterprises as (
    select files.*
    from files
    inner join key_pairs
        on
            files.area_code = key_pairs.area_code
            and files.industry_code = key_pairs.industry_code
    where files.is_key_enterprise
),

mine_staff as (
    select * from {{ ref('fct_coal_mine_staff') }}
    where is_at_post
),

projects as (
    select * from {{ ref('fct_work_relief_projects') }}
),

bases as (
    select * from {{ ref('fct_agriculture_bases') }}
),

demands as (
    select * from {{ ref('fct_talent_demands') }}
),

returns as (
    select * from {{ ref('fct_department_returns') }}
),

-- 对采取以工代赈方式实施的项目用工岗位开展技能培训
m08_4 as (
    select
        'M08-4' as indicator_id,
        period_ends_on as counted_on,
        area_code,
        'none' as industry_code,
        'none' as unit_code,
        'all' as item_code,
        case when trained_count > 0 then 1 else 0 end as numerator,
        1 as denominator,
        cast(null as bigint) as person_key,
        'fct_work_relief_projects' as fact_name,
        project_id || '|' || cast(period_ends_on as string) as fact_id,
        _batch_id,
        _sheet,
        _row_number
    from projects
    where project_status_code = 'in_progress'
),

-- 建设一批现代农业体系的示范性基地
m08_5 as (
    select
        'M08-5' as indicator_id,
        period_ends_on as counted_on,
        area_code,
        'none' as industry_code,
        'none' as unit_code,
        'all' as item_code,
        1 as numerator,
        null as denominator,
        cast(null as bigint) as person_key,
        'fct_agriculture_bases' as fact_name,
        base_id || '|' || cast(period_ends_on as string) as fact_id,
        _batch_id,
        _sheet,
        _row_number
    from bases
    where base_status_code = 'built'
),

-- 建立产业人才供需信息畅通工作机制
m08_6 as (
    select
        'M08-6' as indicator_id,
        published_on as counted_on,
        {{ city_code() }} as area_code,
        industry_code,
        department_code as unit_code,
        'all' as item_code,
        1 as numerator,
        null as denominator,
        cast(null as bigint) as person_key,
        'fct_talent_demands' as fact_name,
        _batch_id || '|' || coalesce(_sheet, '') || '|' || cast(_row_number as string) as fact_id,
        _batch_id,
        _sheet,
        _row_number
    from demands
    where demand_kind_code = 'posting'
),

-- 针对岗位技能短板人群，各行业主管部门要负责组织开展产业工人培训
m08_8 as (
    select
        'M08-8' as indicator_id,
        period_ends_on as counted_on,
        {{ city_code() }} as area_code,
        industry_code,
        department_code as unit_code,
        'all' as item_code,
        1 as numerator,
        null as denominator,
        cast(null as bigint) as person_key,
        'fct_department_returns' as fact_name,
        _batch_id || '|' || coalesce(_sheet, '') || '|' || cast(_row_number as string) as fact_id,
        _batch_id,
        _sheet,
        _row_number
    from returns
    where person_time_count > 0
),

-- 组织农业产业工人开展培训
m08_9 as (
    select
        'M08-9' as indicator_id,
        period_ends_on as counted_on,
        area_code,
        'none' as industry_code,
        'none' as unit_code,
        'all' as item_code,
        person_time_count as numerator,
        null as denominator,
        cast(null as bigint) as person_key,
        'fct_agriculture_bases' as fact_name,
        base_id || '|' || cast(period_ends_on as string) as fact_id,
        _batch_id,
        _sheet,
        _row_number
    from bases
),

-- 能源部门要对煤矿从业人员实施全覆盖、高质量的培训: in the year so far.
m08_1 as (
    select
        'M08-1' as indicator_id,
        period_ends_on as counted_on,
        area_code,
        'none' as industry_code,
        mine_id as unit_code,
        'all' as item_code,
        case
            when
                trained_on between cast(date_trunc('year', period_ends_on) as date)
                and period_ends_on
                then 1
            else 0
        end as numerator,
        1 as denominator,
        person_key,
        'fct_coal_mine_staff' as fact_name,
        _batch_id || '|' || coalesce(_sheet, '') || '|' || cast(_row_number as string) as fact_id,
        _batch_id,
        _sheet,
        _row_number
    from mine_staff
),

-- 建立健全煤矿从业人员安全培训合格证上岗制度
m08_2 as (
    select
        'M08-2' as indicator_id,
        period_ends_on as counted_on,
        area_code,
        'none' as industry_code,
        mine_id as unit_code,
        'all' as item_code,
        case when safety_valid_until >= period_ends_on then 1 else 0 end as numerator,
        1 as denominator,
        person_key,
        'fct_coal_mine_staff' as fact_name,
        _batch_id || '|' || coalesce(_sheet, '') || '|' || cast(_row_number as string) as fact_id,
        _batch_id,
        _sheet,
        _row_number
    from mine_staff
),

-- 推动煤矿从业人员考取职业技能等级证书
m08_3 as (
    select
        'M08-3' as indicator_id,
        period_ends_on as counted_on,
        area_code,
        'none' as industry_code,
        mine_id as unit_code,
        'all' as item_code,
        case when has_skill_certificate then 1 else 0 end as numerator,
        1 as denominator,
        person_key,
        'fct_coal_mine_staff' as fact_name,
        _batch_id || '|' || coalesce(_sheet, '') || '|' || cast(_row_number as string) as fact_id,
        _batch_id,
        _sheet,
        _row_number
    from mine_staff
),

-- 指导仁怀市、习水县、汇川区及重点企业开展白酒产业工人技能培训 …: the pairs that the measure names.
m08_7 as (
    select
        'M08-7' as indicator_id,
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
    from at_key_enterprises
),

evidence as (
    select * from m08_4
    union all
    select * from m08_5
    union all
    select * from m08_6
    union all
    select * from m08_8
    union all
    select * from m08_9
    union all
    select * from m08_1
    union all
    select * from m08_2
    union all
    select * from m08_3
    union all
    select * from m08_7
)

{{ evidence_rows(is_about_persons=true) }}
