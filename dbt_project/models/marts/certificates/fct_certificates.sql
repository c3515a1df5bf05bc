with certificates as (
    select * from {{ ref('int_certificates__resolved') }}
),

kept as (
    select
        certificate_key,
        person_key,
        class_id,
        certificate_kind_code,
        occupation_code,
        industry_code,
        level_code,
        level_rank,
        is_high_skilled,
        area_code,
        certificate_status_code,
        issued_on,
        expires_on,
        is_in_force,
        _batch_id,
        _sheet,
        _row_number
    from certificates
)

select * from kept
