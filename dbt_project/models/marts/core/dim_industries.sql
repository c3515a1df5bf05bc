with industries as (
    select * from {{ ref('int_industries__completed') }}
),

named as (
    select
        industry_code,
        name_zh,
        name_en,
        industry_kind,
        has_headline_target,
        sort_order
    from industries
)

select * from named
