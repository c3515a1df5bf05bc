with aliases as (
    select * from {{ ref('fund_source_aliases') }}
),

fund_sources as (
    select * from {{ ref('fund_sources') }}
),

spelt as (
    select
        alias,
        fund_source_code
    from aliases
    union
    select
        name_zh as alias,
        fund_source_code
    from fund_sources
)

select * from spelt
