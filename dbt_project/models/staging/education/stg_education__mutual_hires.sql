with current_rows as (
    {{ current_rows('education', 'mutual_hires', batch=['period_starts_on', 'period_ends_on']) }}
),

renamed as (
    select
        -- identifiers
        hire_no as hire_id,
        cast(person_name_key as bigint) as person_name_key,
        cast(person_key as bigint) as person_key,
        cast(person_key_version as int) as person_key_version,
        person_id_status as person_id_status_code,
        person_id_masked,
        cast(person_birth_year as int) as person_birth_year,
        person_sex as person_sex_code,

        -- attributes
        school_name,
        enterprise_name,
        hire_direction as hire_direction_code,
        area as area_alias,

        -- dates
        cast(started_on as date) as started_on,
        cast(period_starts_on as date) as period_starts_on,
        cast(period_ends_on as date) as period_ends_on,

        -- lineage
        _batch_id,
        _sheet,
        cast(_row_number as bigint) as _row_number
    from current_rows
)

select * from renamed
