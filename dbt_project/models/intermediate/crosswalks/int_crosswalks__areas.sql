with aliases as (
    select * from {{ ref('area_aliases') }}
),

areas as (
    select * from {{ ref('areas') }}
),

spelt as (
    select
        alias,
        area_code
    from aliases
    union
    select
        name_zh as alias,
        area_code
    from areas
),

city_level as (
    select area_code
    from areas
    where area_type = 'city_level'
),

-- A class or certificate that names the whole city belongs to the city level, beside the
-- counties; a figure that names it speaks for all of them.
located as (
    select
        spelt.alias,
        spelt.area_code,
        case
            when areas.area_type = 'city' then city_level.area_code
            else spelt.area_code
        end as located_area_code
    from spelt
    inner join areas on spelt.area_code = areas.area_code
    cross join city_level
)

select * from located
