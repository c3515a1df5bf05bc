with current_rows as (
    {{ current_rows('hrss', 'direct_subsidies', batch=['period_starts_on', 'period_ends_on']) }}
),

renamed as (
    select
        -- identifiers
        application_no as application_id,
        cast(person_name_key as bigint) as person_name_key,
        cast(person_key as bigint) as person_key,
        cast(person_key_version as int) as person_key_version,
        person_id_status as person_id_status_code,
        person_id_masked,
        cast(person_birth_year as int) as person_birth_year,
        person_sex as person_sex_code,

        -- attributes
        area as area_alias,
        certificate_kind as certificate_kind_code,
        occupation as occupation_alias,

        -- dates
        cast(applied_on as date) as applied_on,
        cast(approved_on as date) as approved_on,
        cast(paid_on as date) as paid_on,
        cast(period_starts_on as date) as period_starts_on,
        cast(period_ends_on as date) as period_ends_on,

        -- quantities
        cast(amount_cny as decimal(18, 2)) as amount_cny,

        -- lineage
        _batch_id,
        _sheet,
        cast(_row_number as bigint) as _row_number
    from current_rows
)

select * from renamed
