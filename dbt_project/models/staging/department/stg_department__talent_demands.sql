with source as (
    select * from {{ source('department', 'talent_demands') }}
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

        -- attributes
        demand_kind as demand_kind_code,
        title as demand_title,
        industry as industry_alias,

        -- dates
        cast(published_on as date) as published_on,
        cast(period_starts_on as date) as period_starts_on,
        cast(period_ends_on as date) as period_ends_on,

        -- quantities
        cast(demanded_count as int) as demanded_count,

        -- lineage
        _batch_id,
        _sheet,
        cast(_row_number as bigint) as _row_number
    from current_rows
)

select * from renamed
