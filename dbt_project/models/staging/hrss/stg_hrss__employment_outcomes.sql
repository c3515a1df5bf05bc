with current_rows as (
    {{ current_rows(
        'hrss', 'employment_outcomes', batch=['period_starts_on', 'period_ends_on']
    ) }}
),

renamed as (
    select
        -- identifiers
        class_no as class_id,
        cast(person_name_key as bigint) as person_name_key,
        cast(person_key as bigint) as person_key,
        cast(person_key_version as int) as person_key_version,
        person_id_status as person_id_status_code,
        person_id_masked,
        cast(person_birth_year as int) as person_birth_year,
        person_sex as person_sex_code,

        -- attributes
        population as population_code,
        area as area_alias,

        -- dates
        cast(completed_on as date) as completed_on,
        cast(employed_on as date) as employed_on,
        cast(period_starts_on as date) as period_starts_on,
        cast(period_ends_on as date) as period_ends_on,

        -- lineage
        _batch_id,
        _sheet,
        cast(_row_number as bigint) as _row_number
    from current_rows
)

select * from renamed
