with outcomes as (
    select * from {{ ref('int_training__outcomes') }}
),

told as (
    select
        class_id,
        person_key,
        completed_on,
        employed_on,
        period_starts_on,
        period_ends_on,
        _batch_id,
        _sheet,
        _row_number,
        area_code
    from outcomes
)

select * from told
