with source as (
    select * from {{ source('hrss', 'training_classes') }}
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
    {{ newest_states('told', 'class_no', newest_first=['_sequence_no', '_row_number']) }}
),

renamed as (
    select
        -- identifiers
        class_no as class_id,
        institution_uscc,

        -- attributes
        class_name,
        institution_name,
        area as area_alias,
        department as department_alias,
        training_type as training_type_code,
        occupation as occupation_alias,
        level as level_alias,
        industry as industry_alias,
        cast(is_subsidised as boolean) as is_subsidised,
        cast(is_demonstration as boolean) as is_demonstration,
        status as class_status_code,

        -- dates
        cast(filed_on as date) as filed_on,
        cast(started_on as date) as started_on,
        cast(ended_on as date) as ended_on,
        {{ utc_from_shanghai('updated_at') }} as updated_at,

        -- quantities
        cast(planned_hours as int) as planned_hours,
        cast(planned_trainees as int) as planned_trainee_count,

        -- lineage
        _batch_id,
        _sheet,
        cast(_row_number as bigint) as _row_number
    from known_rows
)

select * from renamed
