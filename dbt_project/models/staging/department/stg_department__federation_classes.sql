with source as (
    select * from {{ source('department', 'federation_classes') }}
),

current_batches as (
    select * from {{ ref('stg_landing__current_batches') }}
),

current_rows as (
    select
        source.*,
        current_batches.unit_code,
        current_batches.period_starts_on,
        current_batches.period_ends_on
    from source
    inner join current_batches on source._batch_id = current_batches.batch_id
),

renamed as (
    select
        -- identifiers
        unit_code as department_code,
        class_no as class_id,

        -- attributes
        class_name,
        area as area_alias,
        audience as audience_code,
        occupation as occupation_alias,

        -- dates
        cast(started_on as date) as started_on,
        cast(ended_on as date) as ended_on,
        cast(period_starts_on as date) as period_starts_on,
        cast(period_ends_on as date) as period_ends_on,

        -- quantities
        cast(trained_count as int) as trained_count,
        cast(completed_count as int) as completed_count,

        -- lineage
        _batch_id,
        _sheet,
        cast(_row_number as bigint) as _row_number
    from current_rows
)

select * from renamed
