with certificates as (
    select * from {{ ref('stg_hrss__certificates') }}
),

areas as (
    select * from {{ ref('int_crosswalks__areas') }}
),

occupations as (
    select * from {{ ref('int_crosswalks__occupations') }}
),

levels as (
    select * from {{ ref('int_crosswalks__levels') }}
),

skill_levels as (
    select * from {{ ref('skill_levels') }}
),

run as (
    select * from {{ ref('stg_landing__run') }}
),

resolved as (
    select
        certificates.certificate_key,
        certificates.person_key,
        certificates.class_id,
        certificates.certificate_kind_code,
        occupations.occupation_code,
        levels.level_code,
        skill_levels.level_rank,
        certificates.certificate_status_code,
        certificates.issued_on,
        certificates.expires_on,
        certificates._batch_id,
        certificates._sheet,
        certificates._row_number,
        coalesce(occupations.industry_code, 'none') as industry_code,
        coalesce(skill_levels.is_high_skilled, false) as is_high_skilled,
        coalesce(areas.located_area_code, 'unknown') as area_code,
        certificates.certificate_status_code = 'valid'
        and certificates.issued_on <= run.as_of_on
        and coalesce(certificates.expires_on, run.as_of_on) >= run.as_of_on as is_in_force
    from certificates
    cross join run
    left join areas on certificates.area_alias = areas.alias
    left join occupations on certificates.occupation_alias = occupations.alias
    left join levels on certificates.level_alias = levels.alias
    left join skill_levels on levels.level_code = skill_levels.level_code
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
    from resolved
)

select * from kept
