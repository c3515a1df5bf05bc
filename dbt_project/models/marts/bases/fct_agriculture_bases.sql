with bases as (
    select * from {{ ref('stg_agriculture__bases') }}
),

areas as (
    select * from {{ ref('int_crosswalks__areas') }}
),

run as (
    select * from {{ ref('stg_landing__run') }}
),

resolved as (
    select
        bases.base_id,
        bases.base_name,
        bases.base_status_code,
        bases.person_time_count,
        bases.period_starts_on,
        bases.period_ends_on,
        bases._batch_id,
        bases._sheet,
        bases._row_number,
        coalesce(areas.located_area_code, 'unknown') as area_code
    from bases
    inner join run on bases.period_ends_on <= run.as_of_on
    left join areas on bases.area_alias = areas.alias
)

select * from resolved
