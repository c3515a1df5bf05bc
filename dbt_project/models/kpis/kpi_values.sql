with m00 as (
    select * from {{ ref('kpi_m00_headline') }}
),

m05 as (
    select * from {{ ref('kpi_m05_industries') }}
),

m17 as (
    select * from {{ ref('kpi_m17_master_workshops') }}
),

m20 as (
    select * from {{ ref('kpi_m20_competitions') }}
),

indicators as (
    select * from {{ ref('indicators') }}
),

counted as (
    select * from m00
    union all
    select * from m05
    union all
    select * from m17
    union all
    select * from m20
),

-- The one place that divides. Nothing over nothing is no value, and so not reported.
divided as (
    select
        counted.indicator_id,
        counted.period_code,
        counted.area_code,
        counted.industry_code,
        counted.unit_code,
        counted.item_code,
        counted.numerator,
        counted.denominator,
        case
            when indicators.unit = 'ratio'
                then
                    cast(counted.numerator as double)
                    / nullif(cast(counted.denominator as double), 0)
            else cast(counted.numerator as double)
        end as indicator_value
    from counted
    inner join indicators on counted.indicator_id = indicators.indicator_id
)

select * from divided
