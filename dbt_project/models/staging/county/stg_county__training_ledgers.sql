with current_rows as (
    {{ current_rows('county', 'training_ledgers', batch=['unit_code']) }}
),

renamed as (
    select
        -- identifiers
        unit_code as reporting_area_code,
        cast(person_key as bigint) as person_key,
        cast(person_key_version as int) as person_key_version,
        person_id_status as person_id_status_code,
        person_id_masked,
        cast(person_birth_year as int) as person_birth_year,
        person_sex as person_sex_code,
        cast(person_name_key as bigint) as person_name_key,
        cast(person_phone_key as bigint) as person_phone_key,
        certificate_no,
        cast(certificate_no_key as bigint) as certificate_key,

        -- attributes
        person_type,
        institution_name,
        class_no as class_label,
        occupation as occupation_alias,
        level as level_alias,
        industry as industry_alias,
        completion as completion_code,
        started_on_precision,
        ended_on_precision,

        -- dates
        cast(started_on as date) as started_on,
        cast(ended_on as date) as ended_on,

        -- quantities
        cast(training_hours as int) as training_hours,
        cast(subsidy_cny as decimal(18, 2)) as subsidy_cny,

        -- lineage
        _batch_id,
        _sheet,
        cast(_row_number as bigint) as _row_number
    from current_rows
)

select * from renamed
