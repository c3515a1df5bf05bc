with current_rows as (
    {{ current_rows('hrss', 'institutions') }}
),

renamed as (
    select
        -- identifiers
        institution_uscc,

        -- attributes
        institution_name,
        institution_kind as institution_kind_code,
        area as area_alias,

        -- dates
        cast(licensed_on as date) as licensed_on,
        cast(exited_on as date) as exited_on,
        {{ utc_from_shanghai('updated_at') }} as updated_at,

        -- lineage
        _batch_id,
        _sheet,
        cast(_row_number as bigint) as _row_number
    from current_rows
)

select * from renamed
