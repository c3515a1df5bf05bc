with m00 as (
    select * from {{ ref('kpi_m00_headline') }}
),

m01 as (
    select * from {{ ref('kpi_m01_departments') }}
),

m02 as (
    select * from {{ ref('kpi_m02_enterprises') }}
),

m03 as (
    select * from {{ ref('kpi_m03_schools') }}
),

m04 as (
    select * from {{ ref('kpi_m04_institutions') }}
),

m05 as (
    select * from {{ ref('kpi_m05_industries') }}
),

m06 as (
    select * from {{ ref('kpi_m06_collaboration') }}
),

m07 as (
    select * from {{ ref('kpi_m07_demonstration') }}
),

m08 as (
    select * from {{ ref('kpi_m08_enterprise_training') }}
),

m09 as (
    select * from {{ ref('kpi_m09_direct_subsidy') }}
),

m10 as (
    select * from {{ ref('kpi_m10_brands') }}
),

m11 as (
    select * from {{ ref('kpi_m11_opening') }}
),

m12 as (
    select * from {{ ref('kpi_m12_teachers') }}
),

m13 as (
    select * from {{ ref('kpi_m13_process') }}
),

m14 as (
    select * from {{ ref('kpi_m14_assessment') }}
),

m15 as (
    select * from {{ ref('kpi_m15_archives') }}
),

m16 as (
    select * from {{ ref('kpi_m16_bases') }}
),

m17 as (
    select * from {{ ref('kpi_m17_master_workshops') }}
),

m18 as (
    select * from {{ ref('kpi_m18_east_west') }}
),

m19 as (
    select * from {{ ref('kpi_m19_technical_schools') }}
),

m20 as (
    select * from {{ ref('kpi_m20_competitions') }}
),

m21 as (
    select * from {{ ref('kpi_m21_leadership') }}
),

m22 as (
    select * from {{ ref('kpi_m22_funds') }}
),

m23 as (
    select * from {{ ref('kpi_m23_publicity') }}
),

evidence as (
    select * from m00
    union all
    select * from m01
    union all
    select * from m02
    union all
    select * from m03
    union all
    select * from m04
    union all
    select * from m05
    union all
    select * from m06
    union all
    select * from m07
    union all
    select * from m08
    union all
    select * from m09
    union all
    select * from m10
    union all
    select * from m11
    union all
    select * from m12
    union all
    select * from m13
    union all
    select * from m14
    union all
    select * from m15
    union all
    select * from m16
    union all
    select * from m17
    union all
    select * from m18
    union all
    select * from m19
    union all
    select * from m20
    union all
    select * from m21
    union all
    select * from m22
    union all
    select * from m23
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
