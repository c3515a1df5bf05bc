with industries as (
    select * from {{ ref('int_industries__completed') }}
),

itself as (
    select
        industry_code,
        industry_code as member_code
    from industries
    where industry_kind in ('industry', 'none')
),

everything as (
    select
        whole.industry_code,
        part.industry_code as member_code
    from industries as whole
    cross join industries as part
    where whole.industry_kind = 'all' and part.industry_kind in ('industry', 'none')
),

-- Section one: the five industry targets add up to 62,000 of 120,000; the rest is one line.
remainder as (
    select
        whole.industry_code,
        part.industry_code as member_code
    from industries as whole
    cross join industries as part
    where
        whole.industry_kind = 'remainder'
        and part.industry_kind in ('industry', 'none')
        and not part.has_headline_target
),

rolled_up as (
    select * from itself
    union all
    select * from everything
    union all
    select * from remainder
)

select * from rolled_up
