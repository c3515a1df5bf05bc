with industries as (
    select * from {{ ref('industries') }}
),

groupings as (
    select * from {{ ref('industry_groupings') }}
),

completed as (
    select
        industry_code,
        name_zh,
        name_en,
        'industry' as industry_kind,
        has_headline_target,
        sort_order
    from industries
    union all
    select
        industry_code,
        name_zh,
        name_en,
        industry_kind,
        false as has_headline_target,
        sort_order
    from groupings
)

select * from completed
