with allocations as (
    select * from {{ ref('stg_finance__fund_allocations') }}
),

areas as (
    select * from {{ ref('int_crosswalks__areas') }}
),

fund_sources as (
    select * from {{ ref('int_crosswalks__fund_sources') }}
),

run as (
    select * from {{ ref('stg_landing__run') }}
),

resolved as (
    select
        allocations.period_starts_on,
        allocations.period_ends_on,
        fund_sources.fund_source_code,
        allocations.allocated_cny,
        allocations.disbursed_cny,
        allocations._batch_id,
        allocations._sheet,
        allocations._row_number,
        coalesce(areas.located_area_code, 'unknown') as area_code
    from allocations
    inner join run on allocations.period_ends_on <= run.as_of_on
    left join areas on allocations.area_alias = areas.alias
    left join fund_sources on allocations.fund_source_alias = fund_sources.alias
)

select * from resolved
