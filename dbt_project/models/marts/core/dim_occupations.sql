with occupations as (
    select * from {{ ref('occupations') }}
),

named as (
    select
        occupation_code,
        name_zh,
        name_en,
        gb_code,
        edition as gb_edition,
        kind as occupation_kind,
        family_code,
        confidence as confidence_code,
        coalesce(industry_code, 'none') as industry_code
    from occupations
)

select * from named
