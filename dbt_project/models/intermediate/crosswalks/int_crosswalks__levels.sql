with aliases as (
    select * from {{ ref('level_aliases') }}
),

skill_levels as (
    select * from {{ ref('skill_levels') }}
),

spelt as (
    select
        alias,
        level_code
    from aliases
    union
    select
        name_zh as alias,
        level_code
    from skill_levels
)

select * from spelt
