with source as (
    select * from {{ source('landing', 'run') }}
),

asked as (
    select
        *,
        cast({{ shanghai_from_utc('refreshed_at') }} as date) as refreshed_on
    from source
),

-- The only model that looks at the dates a run is asked for.
renamed as (
    select
        is_sample,
        coalesce(as_of, refreshed_on) as as_of_on,
        coalesce(as_known, refreshed_on) as as_known_on,
        former_as_of as former_as_of_on,
        coalesce(
            {{ utc_from_shanghai('as_known') }} + interval '1' day,
            cast('9999-12-31' as timestamp)
        ) as known_before_at,
        cast(refreshed_at as timestamp) as refreshed_at
    from asked
)

select * from renamed
