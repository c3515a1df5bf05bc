with source as (
    select * from {{ source('finance', 'performance_evaluations') }}
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
        project_no as project_id,

        -- attributes
        project_name,
        area as area_alias,
        cast(is_sampled as boolean) as is_sampled,

        -- dates
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
