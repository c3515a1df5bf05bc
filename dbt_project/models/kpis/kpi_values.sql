with rolled_up as (
    select * from {{ ref('int_kpis__rolled_up') }}
),

indicators as (
    select * from {{ ref('indicators') }}
),

-- The one place that divides. Nothing over nothing is no value.
divided as (
    select
        rolled_up.indicator_id,
        rolled_up.period_code,
        rolled_up.area_code,
        rolled_up.industry_code,
        rolled_up.unit_code,
        rolled_up.item_code,
        indicators.unit as unit_name_en,
        rolled_up.numerator,
        rolled_up.denominator,
        case
            when indicators.unit in ('ratio', 'quotient')
                then
                    cast(rolled_up.numerator as double)
                    / nullif(cast(rolled_up.denominator as double), 0)
            when indicators.unit = 'growth'
                then
                    cast(rolled_up.numerator as double)
                    / nullif(cast(rolled_up.denominator as double), 0)
                    - 1
            else cast(rolled_up.numerator as double)
        end as indicator_value
    from rolled_up
    inner join indicators on rolled_up.indicator_id = indicators.indicator_id
)

select * from divided
