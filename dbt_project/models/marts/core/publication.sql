with run as (
    select * from {{ ref('stg_landing__run') }}
),

stamped as (
    select
        as_of_on,
        as_known_on,
        is_sample,
        refreshed_at as built_at,
        '{{ invocation_id }}' as build_id
    from run
)

select * from stamped
