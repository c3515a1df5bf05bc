with current_rows as (
    {{ current_rows('department', 'training_rosters', batch=['unit_code']) }}
),

renamed as (
    select
        -- identifiers
        unit_code as department_code,
        cast(person_key as bigint) as person_key,
        cast(person_key_version as int) as person_key_version,
        person_id_status as person_id_status_code,
        person_id_masked,
        cast(person_birth_year as int) as person_birth_year,
        person_sex as person_sex_code,
        cast(person_name_key as bigint) as person_name_key,

        -- attributes
        area as area_alias,
        institution_name,
        occupation as occupation_alias,
        completion as completion_code,

        -- dates
        cast(started_on as date) as started_on,
        cast(ended_on as date) as ended_on,

        -- lineage
        _batch_id,
        _sheet,
        cast(_row_number as bigint) as _row_number
    from current_rows
)

select * from renamed
