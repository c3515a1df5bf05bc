with source as (
    select * from {{ source('hrss', 'certificates') }}
),

batches as (
    select * from {{ ref('stg_landing__batches') }}
),

told as (
    select
        source.*,
        batches.sequence_no as _sequence_no
    from source
    inner join batches on source._batch_id = batches.batch_id
),

known_rows as (
    {{ newest_states('told', 'certificate_no', newest_first=['_sequence_no', '_row_number']) }}
),

renamed as (
    select
        -- identifiers
        certificate_no,
        cast(certificate_no_key as bigint) as certificate_key,
        class_no as class_id,
        cast(person_key as bigint) as person_key,
        cast(person_key_version as int) as person_key_version,
        person_id_status as person_id_status_code,
        person_id_masked,
        cast(person_birth_year as int) as person_birth_year,
        person_sex as person_sex_code,
        cast(person_name_key as bigint) as person_name_key,

        -- attributes
        certificate_kind as certificate_kind_code,
        occupation as occupation_alias,
        occupation_code as occupation_gb_code,
        level as level_alias,
        issuer_name,
        area as area_alias,
        status as certificate_status_code,

        -- dates
        cast(issued_on as date) as issued_on,
        cast(expires_on as date) as expires_on,
        {{ utc_from_shanghai('updated_at') }} as updated_at,

        -- lineage
        _batch_id,
        _sheet,
        cast(_row_number as bigint) as _row_number
    from known_rows
)

select * from renamed
