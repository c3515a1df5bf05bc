with funds as (
    select * from {{ ref('stg_industry__education_funds') }}
),

areas as (
    select * from {{ ref('int_crosswalks__areas') }}
),

industries as (
    select * from {{ ref('int_crosswalks__industries') }}
),

run as (
    select * from {{ ref('stg_landing__run') }}
),

resolved as (
    select
        funds.enterprise_uscc,
        funds.required_cny,
        funds.drawn_cny,
        funds.front_line_cny,
        funds.period_starts_on,
        funds.period_ends_on,
        funds._batch_id,
        funds._sheet,
        funds._row_number,
        coalesce(areas.located_area_code, 'unknown') as area_code,
        coalesce(industries.industry_code, 'none') as industry_code
    from funds
    inner join run on funds.period_ends_on <= run.as_of_on
    left join areas on funds.area_alias = areas.alias
    left join industries on funds.industry_alias = industries.alias
)

select * from resolved
