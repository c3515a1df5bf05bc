with source as (
    select * from {{ source('public', 'published_figures') }}
),

current_batches as (
    select * from {{ ref('stg_landing__current_batches') }}
),

current_rows as (
    select source.*
    from source
    inner join current_batches on source._batch_id = current_batches.batch_id
),

renamed as (
    select
        -- identifiers
        figure_no as figure_id,

        -- attributes
        subject,
        figure_name,
        area as area_alias,
        value_text,
        unit,
        period_text,
        counting_scope,
        source_name,
        confidence as confidence_code,
        published_on_precision,

        -- dates
        cast(published_on as date) as published_on,

        -- quantities
        cast(value as decimal(18, 4)) as figure_value,

        -- lineage
        _batch_id,
        _sheet,
        cast(_row_number as bigint) as _row_number
    from current_rows
)

select * from renamed
