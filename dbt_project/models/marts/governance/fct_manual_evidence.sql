with proofs as (
    select * from {{ ref('stg_department__manual_evidence') }}
),

areas as (
    select * from {{ ref('int_crosswalks__areas') }}
),

departments as (
    select * from {{ ref('int_crosswalks__departments') }}
),

indicators as (
    select * from {{ ref('dim_indicators') }}
),

run as (
    select * from {{ ref('stg_landing__run') }}
),

resolved as (
    select
        proofs.department_code,
        indicators.indicator_id,
        proofs.indicator_id as stated_indicator,
        proofs.document_id as document_no,
        departments.department_code as confirming_department_code,
        proofs.happened_on,
        proofs.confirmed_on,
        proofs.stated_count,
        proofs.period_starts_on,
        proofs.period_ends_on,
        proofs._batch_id,
        proofs._sheet,
        proofs._row_number,
        coalesce(areas.located_area_code, 'unknown') as area_code,
        coalesce(proofs.confirmed_on <= run.as_of_on, false) as is_confirmed
    from proofs
    inner join run on proofs.happened_on <= run.as_of_on
    left join areas on proofs.area_alias = areas.alias
    left join indicators on upper(proofs.indicator_id) = indicators.indicator_id
    left join departments on proofs.confirming_department = departments.alias
)

select * from resolved
