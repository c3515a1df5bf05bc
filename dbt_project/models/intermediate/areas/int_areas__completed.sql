with areas as (
    select * from {{ ref('areas') }}
),

-- Records that name no known place stay countable.
unplaced as (
    select
        'unknown' as area_code,
        '未知地区' as name_zh,
        'Unknown area' as name_en,
        'unknown' as area_kind,
        cast(null as string) as gb_code,
        cast(null as string) as gb_parent_code,
        false as is_reporting_unit,
        99 as sort_order
),

completed as (
    select
        area_code,
        name_zh,
        name_en,
        area_type as area_kind,
        gb_code,
        gb_parent_code,
        is_reporting_unit,
        sort_order
    from areas
    union all
    select * from unplaced
)

select * from completed
