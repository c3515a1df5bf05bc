with run as (
    select * from {{ ref('stg_landing__run') }}
),

stamped as (
    select
        -- The publisher fills it when the audit has passed.
        cast(null as string) as version,
        as_of_on,
        as_known_on,
        is_sample,
        refreshed_at as built_at
    from run
)

select * from stamped
