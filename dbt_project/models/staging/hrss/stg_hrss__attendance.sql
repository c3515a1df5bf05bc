with source as (
    select * from {{ source('hrss', 'attendance') }}
),

batches as (
    select * from {{ ref('stg_landing__batches') }}
),

renamed as (
    select
        -- identifiers
        source.attendance_no as attendance_id,
        source.enrolment_no as enrolment_id,
        source.class_no as class_id,
        cast(source.person_key as bigint) as person_key,
        cast(source.person_key_version as int) as person_key_version,
        source.person_id_status as person_id_status_code,
        source.person_id_masked,
        cast(source.person_birth_year as int) as person_birth_year,
        source.person_sex as person_sex_code,

        -- attributes
        source.status as attendance_status_code,
        cast(source.is_valid as boolean) as is_valid,

        -- dates
        cast(source.session_on as date) as session_on,
        {{ utc_from_shanghai('source.signed_in_at') }} as signed_in_at,
        {{ utc_from_shanghai('source.signed_out_at') }} as signed_out_at,
        {{ utc_from_shanghai('source.updated_at') }} as updated_at,

        -- quantities
        cast(source.session_no as int) as session_no,
        cast(source.hours as decimal(18, 2)) as attended_hours,

        -- lineage
        source._batch_id,
        source._sheet,
        cast(source._row_number as bigint) as _row_number,
        batches.sequence_no as _sequence_no
    from source
    inner join batches on source._batch_id = batches.batch_id
)

select * from renamed
