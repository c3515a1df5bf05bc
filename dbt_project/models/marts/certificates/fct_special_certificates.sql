with operations as (
    select * from {{ ref('stg_emergency__special_operations') }}
),

equipment as (
    select * from {{ ref('stg_market_supervision__special_equipment') }}
),

areas as (
    select * from {{ ref('int_crosswalks__areas') }}
),

run as (
    select * from {{ ref('stg_landing__run') }}
),

registered as (
    select
        'special_operations' as register_code,
        person_key,
        category_code,
        item_name,
        area_alias,
        certificate_status_code,
        issued_on,
        expires_on,
        _batch_id,
        _sheet,
        _row_number
    from operations
    union all
    select
        'special_equipment' as register_code,
        person_key,
        item_code as category_code,
        cast(null as string) as item_name,
        area_alias,
        certificate_status_code,
        issued_on,
        expires_on,
        _batch_id,
        _sheet,
        _row_number
    from equipment
),

resolved as (
    select
        registered.register_code,
        registered.person_key,
        registered.category_code,
        registered.item_name,
        registered.certificate_status_code,
        registered.issued_on,
        registered.expires_on,
        registered._batch_id,
        registered._sheet,
        registered._row_number,
        coalesce(areas.located_area_code, 'unknown') as area_code,
        registered.certificate_status_code = 'valid'
        and coalesce(registered.expires_on, run.as_of_on) >= run.as_of_on as is_in_force
    from registered
    inner join run on registered.issued_on <= run.as_of_on
    left join areas on registered.area_alias = areas.alias
)

select * from resolved
