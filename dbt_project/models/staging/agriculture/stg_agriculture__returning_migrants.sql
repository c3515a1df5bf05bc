with current_rows as (
    {{ current_rows(
        'agriculture', 'returning_migrants', batch=['period_starts_on', 'period_ends_on']
    ) }}
),

renamed as (
    select
        -- identifiers
        cast(person_name_key as bigint) as person_name_key,
        cast(person_key as bigint) as person_key,
        cast(person_key_version as int) as person_key_version,
        person_id_status as person_id_status_code,
        person_id_masked,
        cast(person_birth_year as int) as person_birth_year,
        person_sex as person_sex_code,

        -- attributes
        area as area_alias,
        cast(is_monitored as boolean) as is_monitored,

        -- dates
        cast(returned_on as date) as returned_on,
        cast(period_starts_on as date) as period_starts_on,
        cast(period_ends_on as date) as period_ends_on,

        -- lineage
        _batch_id,
        _sheet,
        cast(_row_number as bigint) as _row_number
    from current_rows
)

select * from renamed
