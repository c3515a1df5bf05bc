with credits as (
    select * from {{ ref('stg_taxation__surcharge_credits') }}
),

areas as (
    select * from {{ ref('int_crosswalks__areas') }}
),

run as (
    select * from {{ ref('stg_landing__run') }}
),

resolved as (
    select
        credits.enterprise_uscc,
        credits.investment_cny,
        credits.surcharge_due_cny,
        credits.credit_cny,
        credits.period_starts_on,
        credits.period_ends_on,
        credits._batch_id,
        credits._sheet,
        credits._row_number,
        coalesce(areas.located_area_code, 'unknown') as area_code
    from credits
    inner join run on credits.period_ends_on <= run.as_of_on
    left join areas on credits.area_alias = areas.alias
)

select * from resolved
