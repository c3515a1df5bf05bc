with payments as (
    select * from {{ ref('stg_hrss__subsidy_payments') }}
),

fund_sources as (
    select * from {{ ref('int_crosswalks__fund_sources') }}
),

classes as (
    select * from {{ ref('int_training__classes') }}
),

resolved as (
    select
        payments.payment_id,
        payments.person_key,
        payments.class_id,
        fund_sources.fund_source_code,
        payments.subsidy_kind_code,
        payments.payment_status_code,
        payments.applied_on,
        payments.paid_on,
        payments.amount_cny,
        payments._batch_id,
        payments._sheet,
        payments._row_number,
        coalesce(classes.area_code, 'unknown') as area_code,
        coalesce(classes.industry_code, 'none') as industry_code
    from payments
    left join fund_sources on payments.fund_source_alias = fund_sources.alias
    left join classes on payments.class_id = classes.class_id
)

select * from resolved
