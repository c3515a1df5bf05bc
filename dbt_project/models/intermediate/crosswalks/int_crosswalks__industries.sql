with aliases as (
    select * from {{ ref('industry_aliases') }}
),

industries as (
    select * from {{ ref('industries') }}
),

spelt as (
    select
        alias,
        industry_code
    from aliases
    union
    select
        name_zh as alias,
        industry_code
    from industries
)

select * from spelt
