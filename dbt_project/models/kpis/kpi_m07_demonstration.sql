with outcomes as (
    select * from {{ ref('int_training__outcomes') }}
    where is_judged
),

migrants as (
    select * from {{ ref('fct_returning_migrants') }}
    where is_monitored
),

run as (
    select * from {{ ref('stg_landing__run') }}
),

thresholds as (
    select * from {{ ref('int_plan__thresholds') }}
),

trainings as (
    select * from {{ ref('fct_trainings') }}
),

named_members as (
    select * from {{ ref('named_members') }}
    where named_kind = 'urgent_occupation'
),

urgent as (
    select
        trainings.area_code,
        trainings.industry_code,
        named_members.item_code,
        {{ part_of_month('trainings.ended_on', 'thresholds.month_first_day') }} as counted_on,
        count(*) as training_count
    from trainings
    cross join thresholds
    inner join named_members on trainings.occupation_code = named_members.item_code
    group by all
),

classes as (
    select * from {{ ref('fct_classes') }}
),

populations as (
    select * from {{ ref('int_training__by_population') }}
),

items as (
    select * from {{ ref('items') }}
),

-- 县级每年至少举办1期示范培训班
m07_1 as (
    select
        'M07-1' as indicator_id,
        classes.ended_on as counted_on,
        classes.area_code,
        classes.industry_code,
        'none' as unit_code,
        'all' as item_code,
        1 as numerator,
        null as denominator,
        cast(null as bigint) as person_key,
        'fct_classes' as fact_name,
        classes.class_id as fact_id,
        classes._batch_id,
        classes._sheet,
        classes._row_number
    from classes
    cross join run
    where
        classes.is_demonstration
        and classes.class_status_code = 'finished'
        and classes.ended_on <= run.as_of_on
),

-- 聚焦离校未就业高校毕业生、脱贫未就业劳动力、易地搬迁未就业劳动力、就业困难劳动力等重点群体:
-- the four together, and each; others that the plan names stand apart.
m07_2 as (
    select
        'M07-2' as indicator_id,
        populations.counted_on,
        populations.area_code,
        populations.industry_code,
        'none' as unit_code,
        'all' as item_code,
        sum(populations.training_count) as numerator,
        null as denominator,
        cast(null as bigint) as person_key,
        'int_training__by_population' as fact_name,
        'population' as fact_id,
        cast(null as string) as _batch_id,
        cast(null as string) as _sheet,
        cast(null as bigint) as _row_number
    from populations
    inner join items
        on
            populations.population_code = items.item_code
            and items.item_group = 'population'
    group by populations.counted_on, populations.area_code, populations.industry_code
),

m07_2_groups as (
    select
        'M07-2' as indicator_id,
        counted_on,
        area_code,
        industry_code,
        'none' as unit_code,
        population_code as item_code,
        training_count as numerator,
        null as denominator,
        cast(null as bigint) as person_key,
        'int_training__by_population' as fact_name,
        population_code as fact_id,
        cast(null as string) as _batch_id,
        cast(null as string) as _sheet,
        cast(null as bigint) as _row_number
    from populations
),

-- 开展电工、焊工、叉车、康养护理、家政育婴等工种培训
m07_3 as (
    select
        'M07-3' as indicator_id,
        counted_on,
        area_code,
        industry_code,
        'none' as unit_code,
        item_code,
        training_count as numerator,
        null as denominator,
        cast(null as bigint) as person_key,
        'fct_trainings' as fact_name,
        item_code as fact_id,
        cast(null as string) as _batch_id,
        cast(null as string) as _sheet,
        cast(null as bigint) as _row_number
    from urgent
),

-- 重点群体培训后就业: in time, or too late once the time is over; all groups, then each in sum.
m07_4 as (
    select
        'M07-4' as indicator_id,
        completed_on as counted_on,
        area_code,
        'none' as industry_code,
        'none' as unit_code,
        'all' as item_code,
        case when is_in_time then 1 else 0 end as numerator,
        1 as denominator,
        cast(null as bigint) as person_key,
        'fct_employment_outcomes' as fact_name,
        _batch_id || '|' || coalesce(_sheet, '') || '|' || cast(_row_number as string) as fact_id,
        _batch_id,
        _sheet,
        _row_number
    from outcomes
),

m07_4_groups as (
    select
        'M07-4' as indicator_id,
        {{ part_of_month('outcomes.completed_on', 'thresholds.month_first_day') }} as counted_on,
        outcomes.area_code,
        'none' as industry_code,
        'none' as unit_code,
        outcomes.population_code as item_code,
        sum(case when outcomes.is_in_time then 1 else 0 end) as numerator,
        count(*) as denominator,
        cast(null as bigint) as person_key,
        'int_training__outcomes' as fact_name,
        outcomes.population_code as fact_id,
        cast(null as string) as _batch_id,
        cast(null as string) as _sheet,
        cast(null as bigint) as _row_number
    from outcomes
    cross join thresholds
    group by all
),

-- 加强返乡农民工动态监测
m07_5 as (
    select
        'M07-5' as indicator_id,
        period_ends_on as counted_on,
        area_code,
        'none' as industry_code,
        'none' as unit_code,
        'all' as item_code,
        1 as numerator,
        null as denominator,
        person_key,
        'fct_returning_migrants' as fact_name,
        _batch_id || '|' || coalesce(_sheet, '') || '|' || cast(_row_number as string) as fact_id,
        _batch_id,
        _sheet,
        _row_number
    from migrants
),

evidence as (
    select * from m07_1
    union all
    select * from m07_2
    union all
    select * from m07_2_groups
    union all
    select * from m07_3
    union all
    select * from m07_4
    union all
    select * from m07_4_groups
    union all
    select * from m07_5
)

{{ evidence_rows(is_about_persons=true) }}
