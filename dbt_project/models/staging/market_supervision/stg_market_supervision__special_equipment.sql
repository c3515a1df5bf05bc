with source as (
    select * from {{ source('market_supervision', 'special_equipment') }}
),

batches as (
    select * from {{ ref('stg_landing__batches') }}
),

-- A masked identity lands without a key: such a row is a certificate of its own.
told as (
    select
        source.*,
        batches.sequence_no as _sequence_no,
        coalesce(
            cast(source.person_key as string),
            source._batch_id || cast(source._row_number as string)
        ) || '|' || source.item as certificate_id
    from source
    inner join batches on source._batch_id = batches.batch_id
),

known_rows as (
    {{ newest_states('told', 'certificate_id', newest_first=['_sequence_no', '_row_number']) }}
),

renamed as (
    select
        -- identifiers
        certificate_id,
        cast(person_key as bigint) as person_key,
        cast(person_key_version as int) as person_key_version,
        person_id_status as person_id_status_code,
        person_id_masked,
        cast(person_birth_year as int) as person_birth_year,
        person_sex as person_sex_code,
        cast(person_name_key as bigint) as person_name_key,

        -- attributes
        item as item_code,
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
