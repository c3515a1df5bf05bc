with partnerships as (
    select * from {{ ref('stg_education__partnerships') }}
),

areas as (
    select * from {{ ref('int_crosswalks__areas') }}
),

run as (
    select * from {{ ref('stg_landing__run') }}
),

resolved as (
    select
        partnerships.partnership_id,
        partnerships.school_name,
        partnerships.partner_name,
        partnerships.partner_kind_code,
        partnerships.partner_province,
        partnerships.signed_on,
        partnerships.ended_on,
        partnerships.period_starts_on,
        partnerships.period_ends_on,
        partnerships._batch_id,
        partnerships._sheet,
        partnerships._row_number,
        coalesce(areas.located_area_code, 'unknown') as area_code,
        coalesce(partnerships.signed_on <= run.as_of_on, false) as is_signed,
        coalesce(partnerships.ended_on <= run.as_of_on, false) as is_ended,
        coalesce(partnerships.has_training_base, false) as has_training_base
    from partnerships
    inner join run on partnerships.period_starts_on <= run.as_of_on
    left join areas on partnerships.area_alias = areas.alias
)

select * from resolved
