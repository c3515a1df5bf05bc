with current_rows as (
    {{ current_rows('hrss', 'competition_results') }}
),

renamed as (
    select
        -- identifiers
        competition_no as competition_id,
        cast(person_key as bigint) as person_key,
        cast(person_key_version as int) as person_key_version,
        person_id_status as person_id_status_code,
        person_id_masked,
        cast(person_birth_year as int) as person_birth_year,
        person_sex as person_sex_code,
        cast(person_name_key as bigint) as person_name_key,

        -- attributes
        event_name,
        area as area_alias,
        occupation as occupation_alias,
        cast(rank_no as int) as rank_no,
        award_name,
        promoted_level as promoted_level_alias,
        cast(is_zunyi_craftsman as boolean) as is_zunyi_craftsman,

        -- lineage
        _batch_id,
        _sheet,
        cast(_row_number as bigint) as _row_number
    from current_rows
)

select * from renamed
