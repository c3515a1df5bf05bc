with areas as (
    select * from {{ ref('int_areas__completed') }}
),

named as (
    select
        area_code,
        name_zh,
        name_en,
        area_kind,
        gb_code,
        gb_parent_code,
        is_reporting_unit,
        sort_order
    from areas
)

select * from named
