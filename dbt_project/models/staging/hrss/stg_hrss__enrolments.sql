with source as (
    select * from {{ source('hrss', 'enrolments') }}
),

batches as (
    select * from {{ ref('stg_landing__batches') }}
),

known_rows as (
    select
        source.*,
        row_number() over (
            partition by source.enrolment_no
            order by batches.sequence_no desc, source._row_number desc
        ) as recency_no
    from source
    inner join batches on source._batch_id = batches.batch_id
),

renamed as (
    select
        -- identifiers
        enrolment_no as enrolment_id,
        class_no as class_id,
        cast(person_key as bigint) as person_key,
        cast(person_key_version as int) as person_key_version,
        person_id_status as person_id_status_code,
        person_id_masked,
        cast(person_birth_year as int) as person_birth_year,
        person_sex as person_sex_code,
        cast(person_name_key as bigint) as person_name_key,
        cast(person_phone_key as bigint) as person_phone_key,

        -- attributes
        person_type,
        document_type,
        education,
        result as result_code,
        completion as completion_code,
        cast(is_valid as boolean) as is_valid,

        -- dates
        {{ utc_from_shanghai('updated_at') }} as updated_at,

        -- quantities
        cast(attended_hours as decimal(18, 2)) as attended_hours,

        -- lineage
        _batch_id,
        _sheet,
        cast(_row_number as bigint) as _row_number
    from known_rows
    where recency_no = 1
)

select * from renamed
