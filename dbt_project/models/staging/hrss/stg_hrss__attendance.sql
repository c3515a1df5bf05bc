with source as (
    select * from {{ source('hrss', 'attendance') }}
),

batches as (
    select * from {{ ref('stg_landing__batches') }}
),

-- The feed has two ways in: an export that comes late never takes the place of what the table
-- has said since. Of two equal change times the later delivery counts.
known_rows as (
    select
        source.*,
        row_number() over (
            partition by source.attendance_no
            order by source.updated_at desc, batches.sequence_no desc, source._row_number desc
        ) as recency_no
    from source
    inner join batches on source._batch_id = batches.batch_id
),

renamed as (
    select
        -- identifiers
        attendance_no as attendance_id,
        enrolment_no as enrolment_id,
        class_no as class_id,
        cast(person_key as bigint) as person_key,
        cast(person_key_version as int) as person_key_version,
        person_id_status as person_id_status_code,
        person_id_masked,
        cast(person_birth_year as int) as person_birth_year,
        person_sex as person_sex_code,

        -- attributes
        status as attendance_status_code,
        cast(is_valid as boolean) as is_valid,

        -- dates
        cast(session_on as date) as session_on,
        {{ utc_from_shanghai('signed_in_at') }} as signed_in_at,
        {{ utc_from_shanghai('signed_out_at') }} as signed_out_at,
        {{ utc_from_shanghai('updated_at') }} as updated_at,

        -- quantities
        cast(session_no as int) as session_no,
        cast(hours as decimal(18, 2)) as attended_hours,

        -- lineage
        _batch_id,
        _sheet,
        cast(_row_number as bigint) as _row_number
    from known_rows
    where recency_no = 1
)

select * from renamed
