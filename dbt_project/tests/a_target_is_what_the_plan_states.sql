-- The number stands in the plan's list of indicators, and again where the target is laid.
with indicators as (
    select * from {{ ref('dim_indicators') }}
),

targets as (
    select * from {{ ref('dim_targets') }}
),

laid as (
    select *
    from targets
    where target_value is not null
),

told as (
    select
        indicators.indicator_id,
        case
            when laid.indicator_id is null then false
            when laid.direction <> indicators.direction then false
            when laid.direction = 'between'
                then
                    laid.target_value
                    = cast(split_part(indicators.target_text, '..', 1) as decimal(18, 4))
                    and laid.limit_value
                    = cast(split_part(indicators.target_text, '..', 2) as decimal(18, 4))
            else laid.target_value = cast(indicators.target_text as decimal(18, 4))
        end as is_as_stated
    from laid
    left join indicators on laid.indicator_id = indicators.indicator_id
    where coalesce(laid.plan_id = indicators.plan_id, true)
)

select
    indicator_id as rule_name,
    count(*) as broken_count
from told
where not coalesce(is_as_stated, false)
group by indicator_id
