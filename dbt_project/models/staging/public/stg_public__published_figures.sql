with current_rows as (
    {{ current_rows('public', 'published_figures') }}
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
