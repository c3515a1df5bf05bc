with banks as (
    select * from {{ ref('stg_hrss__question_banks') }}
),

industries as (
    select * from {{ ref('int_crosswalks__industries') }}
),

run as (
    select * from {{ ref('stg_landing__run') }}
),

resolved as (
    select
        banks.bank_id,
        banks.bank_name,
        banks.reviewed_on,
        banks.period_starts_on,
        banks.period_ends_on,
        banks._batch_id,
        banks._sheet,
        banks._row_number,
        coalesce(industries.industry_code, 'none') as industry_code,
        coalesce(banks.reviewed_on <= run.as_of_on, false) as is_reviewed,
        coalesce(banks.is_in_use, false) as is_in_use,
        coalesce(banks.is_shared, false) as is_shared
    from banks
    inner join run on banks.period_starts_on <= run.as_of_on
    left join industries on banks.industry_alias = industries.alias
)

select * from resolved
