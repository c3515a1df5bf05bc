with registered as (
    select * from {{ ref('stg_hrss__institutions') }}
),

classes as (
    select * from {{ ref('int_training__classes') }}
),

areas as (
    select * from {{ ref('int_crosswalks__areas') }}
),

on_register as (
    select
        registered.institution_uscc,
        registered.institution_name,
        registered.institution_kind_code,
        coalesce(areas.located_area_code, 'unknown') as area_code,
        registered.licensed_on,
        registered.exited_on,
        true as is_registered
    from registered
    left join areas on registered.area_alias = areas.alias
),

-- Institutions that only a class names: kept, so that no class loses its institution.
only_in_classes as (
    select
        classes.institution_uscc,
        max(classes.institution_name) as institution_name,
        cast(null as string) as institution_kind_code,
        'unknown' as area_code,
        cast(null as date) as licensed_on,
        cast(null as date) as exited_on,
        false as is_registered
    from classes
    left join registered on classes.institution_uscc = registered.institution_uscc
    where registered.institution_uscc is null
    group by classes.institution_uscc
),

identified as (
    select * from on_register
    union all
    select * from only_in_classes
)

select * from identified
