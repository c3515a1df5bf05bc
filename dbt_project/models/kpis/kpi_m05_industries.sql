with added as (
    select * from {{ ref('int_training__by_part_of_month') }}
),

trainings as (
    select * from {{ ref('fct_trainings') }}
),

thresholds as (
    select * from {{ ref('int_plan__thresholds') }}
),

named_members as (
    select * from {{ ref('named_members') }}
),

trained as (
    select
        counted_on,
        area_code,
        industry_code,
        'none' as unit_code,
        'all' as item_code,
        training_count as numerator,
        'fct_trainings' as fact_name,
        'all' as fact_id
    from added
),

-- 仁怀市、习水县、汇川区围绕酱香白酒产业工人开展 …: the fifteen pairs that the clause names.
m05_1 as (
    select
        'M05-1' as indicator_id,
        trained.*
    from trained
    inner join named_members
        on
            trained.area_code = named_members.area_code
            and trained.industry_code = named_members.industry_code
    where named_members.named_kind = 'county_industry_pair'
),

m05_2 as (
    select
        'M05-2' as indicator_id,
        trained.*
    from trained
),

-- 白酒酿造工、品酒师、茶艺师 …: the nineteen occupations and special abilities it names.
m05_3 as (
    select
        'M05-3' as indicator_id,
        {{ part_of_month('trainings.ended_on', 'thresholds.month_first_day') }} as counted_on,
        trainings.area_code,
        named_members.industry_code,
        'none' as unit_code,
        named_members.item_code,
        count(*) as numerator,
        'fct_trainings' as fact_name,
        named_members.item_code as fact_id
    from trainings
    cross join thresholds
    inner join named_members on trainings.occupation_code = named_members.item_code
    where named_members.named_kind = 'occupation'
    group by all
),

-- 其他县(市、区)结合产业发展需求开展培训: trained for any industry at all.
m05_4 as (
    select
        'M05-4' as indicator_id,
        trained.*
    from trained
    where trained.industry_code <> 'none'
),

evidence as (
    select * from m05_1
    union all
    select * from m05_2
    union all
    select * from m05_3
    union all
    select * from m05_4
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
    cast(null as string) as _batch_id,
    cast(null as string) as _sheet,
    cast(null as bigint) as _row_number
from evidence
