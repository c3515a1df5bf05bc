with aliases as (
    select * from {{ ref('occupation_aliases') }}
),

occupations as (
    select * from {{ ref('occupations') }}
),

spelt as (
    select
        alias,
        occupation_code
    from aliases
    union
    select
        name_zh as alias,
        occupation_code
    from occupations
),

detailed as (
    select
        spelt.alias,
        spelt.occupation_code,
        occupations.family_code,
        occupations.industry_code
    from spelt
    inner join occupations on spelt.occupation_code = occupations.occupation_code
)

select * from detailed
