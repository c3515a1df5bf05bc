with brands as (
    select * from {{ ref('stg_hrss__skill_brands') }}
),

areas as (
    select * from {{ ref('int_crosswalks__areas') }}
),

run as (
    select * from {{ ref('stg_landing__run') }}
),

resolved as (
    select
        brands.brand_code,
        brands.brand_tier_code,
        brands.person_time_count,
        brands.employed_count,
        brands.period_starts_on,
        brands.period_ends_on,
        brands._batch_id,
        brands._sheet,
        brands._row_number,
        coalesce(areas.located_area_code, 'unknown') as area_code
    from brands
    inner join run on brands.period_ends_on <= run.as_of_on
    left join areas on brands.area_alias = areas.alias
)

select * from resolved
