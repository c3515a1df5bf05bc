with areas as (
    select * from {{ ref('int_areas__completed') }}
),

itself as (
    select
        area_code,
        area_code as member_code
    from areas
),

-- The whole city: the fifteen reporting units, the city level, and what names no known place.
city as (
    select
        whole.area_code,
        part.area_code as member_code
    from areas as whole
    cross join areas as part
    where whole.area_kind = 'city' and part.area_kind <> 'city'
),

rolled_up as (
    select * from itself
    union all
    select * from city
)

select * from rolled_up
