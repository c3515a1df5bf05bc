with current_rows as (
    {{ current_rows('energy', 'coal_mine_staff', batch=['period_starts_on', 'period_ends_on']) }}
),

renamed as (
    select
        -- identifiers
        mine_no as mine_id,
        cast(person_name_key as bigint) as person_name_key,
        cast(person_key as bigint) as person_key,
        cast(person_key_version as int) as person_key_version,
        person_id_status as person_id_status_code,
        person_id_masked,
        cast(person_birth_year as int) as person_birth_year,
        person_sex as person_sex_code,

        -- attributes
        mine_name,
        area as area_alias,
        cast(is_at_post as boolean) as is_at_post,
        cast(has_skill_certificate as boolean) as has_skill_certificate,

        -- dates
        cast(trained_on as date) as trained_on,
        cast(safety_valid_until as date) as safety_valid_until,
        cast(period_starts_on as date) as period_starts_on,
        cast(period_ends_on as date) as period_ends_on,

        -- lineage
        _batch_id,
        _sheet,
        cast(_row_number as bigint) as _row_number
    from current_rows
)

select * from renamed
