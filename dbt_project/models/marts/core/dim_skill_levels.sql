with skill_levels as (
    select * from {{ ref('skill_levels') }}
),

named as (
    select
        level_code,
        level_rank,
        name_zh,
        name_en,
        certificate_digit,
        is_high_skilled
    from skill_levels
)

select * from named
