with source as (
    select * from {{ source('landing', 'rejections') }}
),

batches as (
    select * from {{ ref('stg_landing__batches') }}
),

known_rows as (
    select
        source.*,
        batches.feed_id,
        batches.unit_code as batch_unit_code
    from source
    inner join batches on source.batch_id = batches.batch_id
),

renamed as (
    select
        -- identifiers
        feed_id,
        batch_unit_code as unit_code,
        record_key as record_id,

        -- attributes
        column_name,
        reason as reason_code,
        reasons as reason_codes,

        -- lineage
        batch_id as _batch_id,
        sheet as _sheet,
        cast(row_number as bigint) as _row_number
    from known_rows
)

select * from renamed
