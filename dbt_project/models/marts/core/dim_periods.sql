with periods as (
    select * from {{ ref('int_plan__periods') }}
),

timed as (
    select
        period_code,
        period_kind,
        starts_on,
        ends_on,
        seen_until_on,
        has_begun,
        is_over,
        cast(elapsed_days as bigint) as elapsed_days,
        cast(total_days as bigint) as total_days
    from periods
)

select * from timed
