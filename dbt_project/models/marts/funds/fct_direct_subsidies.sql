with applications as (
    select * from {{ ref('stg_hrss__direct_subsidies') }}
),

areas as (
    select * from {{ ref('int_crosswalks__areas') }}
),

run as (
    select * from {{ ref('stg_landing__run') }}
),

resolved as (
    select
        applications.application_id,
        applications.person_key,
        applications.certificate_kind_code,
        applications.occupation_alias,
        applications.applied_on,
        applications.approved_on,
        applications.paid_on,
        applications.amount_cny,
        applications.period_starts_on,
        applications.period_ends_on,
        applications._batch_id,
        applications._sheet,
        applications._row_number,
        coalesce(areas.located_area_code, 'unknown') as area_code,
        coalesce(applications.approved_on <= run.as_of_on, false) as is_approved,
        coalesce(applications.paid_on <= run.as_of_on, false) as is_paid
    from applications
    inner join run on applications.applied_on <= run.as_of_on
    left join areas on applications.area_alias = areas.alias
)

select * from resolved
