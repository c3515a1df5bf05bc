with holders as (
    select * from {{ ref('stg_emergency__dual_certificates') }}
),

areas as (
    select * from {{ ref('int_crosswalks__areas') }}
),

run as (
    select * from {{ ref('stg_landing__run') }}
),

resolved as (
    select
        holders.class_id,
        holders.person_key,
        holders.special_operation_issued_on,
        holders.skill_level_issued_on,
        holders.period_starts_on,
        holders.period_ends_on,
        holders._batch_id,
        holders._sheet,
        holders._row_number,
        coalesce(areas.located_area_code, 'unknown') as area_code
    from holders
    inner join run on holders.period_starts_on <= run.as_of_on
    left join areas on holders.area_alias = areas.alias
)

select * from resolved
