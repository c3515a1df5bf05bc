with rejections as (
    select * from {{ ref('stg_landing__rejections') }}
),

kept as (
    select
        feed_id,
        unit_code,
        record_id,
        column_name,
        reason_code,
        reason_codes,
        _batch_id,
        _sheet,
        _row_number
    from rejections
)

select * from kept
