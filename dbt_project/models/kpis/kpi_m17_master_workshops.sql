with workshops as (
    select
        *,
        workshop_id || '|' || cast(period_ends_on as string) as fact_id
    from {{ ref('fct_master_workshops') }}
),

-- 建设一批市级技能大师工作室: in operation, and by field; by level the raised ones show too.
m17_1 as (
    select
        *,
        'M17-1' as indicator_id,
        'all' as item_code,
        1 as numerator
    from workshops
    where workshop_status_code = 'operating' and workshop_level_code = 'municipal'
    union all
    select
        *,
        'M17-1' as indicator_id,
        field_code as item_code,
        1 as numerator
    from workshops
    where workshop_status_code = 'operating' and workshop_level_code = 'municipal'
    union all
    select
        *,
        'M17-1' as indicator_id,
        workshop_level_code as item_code,
        1 as numerator
    from workshops
    where workshop_status_code = 'operating'
),

-- 积极推动酒类、茶类、装备制造类市级技能大师工作室筹建省级、国家级技能大师工作室
m17_2 as (
    select
        *,
        'M17-2' as indicator_id,
        'all' as item_code,
        1 as numerator
    from workshops
    where
        workshop_status_code <> 'closed'
        and (
            preparing_level_code is not null
            or workshop_level_code in ('provincial', 'national')
        )
),

-- The roster says what a workshop brought about in the year to date: the year's last one counts.
m17_4 as (
    select
        *,
        'M17-4' as indicator_id,
        'apprentices' as item_code,
        apprentice_count as numerator
    from workshops
    union all
    select
        *,
        'M17-4' as indicator_id,
        'innovations' as item_code,
        innovation_count as numerator
    from workshops
    union all
    select
        *,
        'M17-4' as indicator_id,
        'person_times' as item_code,
        person_time_count as numerator
    from workshops
),

counted as (
    select * from m17_1
    union all
    select * from m17_2
    union all
    select * from m17_4
),

evidence as (
    select
        indicator_id,
        period_ends_on as counted_on,
        area_code,
        industry_code,
        workshop_id as unit_code,
        item_code,
        numerator,
        'fct_master_workshops' as fact_name,
        fact_id,
        _batch_id,
        _sheet,
        _row_number
    from counted
    union all
    -- 做好省级高技能人才培训基地项目储备
    select
        'M17-3' as indicator_id,
        period_ends_on as counted_on,
        area_code,
        'none' as industry_code,
        'none' as unit_code,
        'all' as item_code,
        1 as numerator,
        'fct_training_bases' as fact_name,
        base_id || '|' || cast(period_ends_on as string) as fact_id,
        _batch_id,
        _sheet,
        _row_number
    from {{ ref('fct_training_bases') }}
    where base_kind_code = 'high_skilled_project' and base_status_code = 'reserve'
)

select
    indicator_id,
    counted_on,
    area_code,
    industry_code,
    unit_code,
    item_code,
    cast(numerator as decimal(18, 2)) as numerator,
    cast(null as decimal(18, 2)) as denominator,
    cast(null as bigint) as person_key,
    fact_name,
    fact_id,
    _batch_id,
    _sheet,
    _row_number
from evidence
where numerator is not null
