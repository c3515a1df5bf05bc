with migrants as (
    select * from {{ ref('stg_agriculture__returning_migrants') }}
),

areas as (
    select * from {{ ref('int_crosswalks__areas') }}
),

run as (
    select * from {{ ref('stg_landing__run') }}
),

resolved as (
    select
        migrants.person_key,
        migrants.returned_on,
        migrants.period_starts_on,
        migrants.period_ends_on,
        migrants._batch_id,
        migrants._sheet,
        migrants._row_number,
        coalesce(areas.located_area_code, 'unknown') as area_code,
        coalesce(migrants.is_monitored, false) as is_monitored
    from migrants
    inner join run on migrants.period_ends_on <= run.as_of_on
    left join areas on migrants.area_alias = areas.alias
)

select * from resolved
