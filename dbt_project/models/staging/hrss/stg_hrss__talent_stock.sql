with current_rows as (
    {{ current_rows('hrss', 'talent_stock', batch=['period_starts_on', 'period_ends_on']) }}
),

renamed as (
    select
        -- attributes
        area as area_alias,
        counting_basis,

        -- dates
        cast(period_starts_on as date) as period_starts_on,
        cast(period_ends_on as date) as period_ends_on,

        -- quantities
        cast(skilled_count as int) as skilled_count,
        cast(high_skilled_count as int) as high_skilled_count,
        cast(senior_worker_count as int) as senior_worker_count,
        cast(technician_count as int) as technician_count,
        cast(senior_technician_count as int) as senior_technician_count,

        -- lineage
        _batch_id,
        _sheet,
        cast(_row_number as bigint) as _row_number
    from current_rows
)

select * from renamed
