with source as (
    select * from {{ source('industry', 'enterprise_staff') }}
),

current_batches as (
    select * from {{ ref('stg_landing__current_batches') }}
),

current_rows as (
    select
        source.*,
        current_batches.period_starts_on,
        current_batches.period_ends_on
    from source
    inner join current_batches on source._batch_id = current_batches.batch_id
),

renamed as (
    select
        -- identifiers
        enterprise_uscc,

        -- attributes
        area as area_alias,
        industry as industry_alias,

        -- dates
        cast(period_starts_on as date) as period_starts_on,
        cast(period_ends_on as date) as period_ends_on,

        -- quantities
        cast(staff_count as int) as staff_count,
        cast(certified_count as int) as certified_count,
        cast(hazardous_count as int) as hazardous_count,
        cast(hazardous_certified_count as int) as hazardous_certified_count,
        cast(equipment_count as int) as equipment_count,
        cast(equipment_certified_count as int) as equipment_certified_count,

        -- lineage
        _batch_id,
        _sheet,
        cast(_row_number as bigint) as _row_number
    from current_rows
)

select * from renamed
