with classes as (
    select * from {{ ref('fct_classes') }}
),

run as (
    select * from {{ ref('stg_landing__run') }}
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

evidence as (
    select * from m07_1
)

select
    indicator_id,
    counted_on,
    area_code,
    industry_code,
    unit_code,
    item_code,
    cast(numerator as decimal(18, 2)) as numerator,
    cast(denominator as decimal(18, 2)) as denominator,
    cast(null as bigint) as person_key,
    fact_name,
    fact_id,
    _batch_id,
    _sheet,
    _row_number
from evidence
where numerator is not null
