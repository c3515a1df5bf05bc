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

evidence as (
    select * from m00
    union all
    select * from m05
    union all
    select * from m17
    union all
    select * from m20
)

select
    indicator_id,
    counted_on,
    area_code,
    industry_code,
    unit_code,
    item_code,
    numerator,
    denominator,
    person_key,
    fact_name,
    fact_id,
    _batch_id,
    _sheet,
    _row_number
from evidence
