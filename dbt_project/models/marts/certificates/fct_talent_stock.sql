with stock as (
    select * from {{ ref('stg_hrss__talent_stock') }}
),

areas as (
    select * from {{ ref('int_crosswalks__areas') }}
),

run as (
    select * from {{ ref('stg_landing__run') }}
),

reported as (
    select
        stock.period_starts_on,
        stock.period_ends_on,
        stock.skilled_count,
        stock.high_skilled_count,
        stock.senior_worker_count,
        stock.technician_count,
        stock.senior_technician_count,
        stock.counting_basis,
        stock._batch_id,
        stock._sheet,
        stock._row_number,
        coalesce(areas.area_code, 'unknown') as area_code
    from stock
    inner join run on stock.period_ends_on <= run.as_of_on
    left join areas on stock.area_alias = areas.alias
)

select * from reported
