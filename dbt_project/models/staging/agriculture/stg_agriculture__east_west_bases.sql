with current_rows as (
    {{ current_rows(
        'agriculture', 'east_west_bases', batch=['period_starts_on', 'period_ends_on']
    ) }}
),

renamed as (
    select
        -- identifiers
        base_no as base_id,

        -- attributes
        base_name,
        province,
        enterprise_name,

        -- dates
        cast(opened_on as date) as opened_on,
        cast(period_starts_on as date) as period_starts_on,
        cast(period_ends_on as date) as period_ends_on,

        -- quantities
        cast(pre_post_count as int) as pre_post_count,
        cast(transfer_count as int) as transfer_count,
        cast(in_post_count as int) as in_post_count,

        -- lineage
        _batch_id,
        _sheet,
        cast(_row_number as bigint) as _row_number
    from current_rows
)

select * from renamed
