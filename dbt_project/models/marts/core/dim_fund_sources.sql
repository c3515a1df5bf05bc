with fund_sources as (
    select * from {{ ref('fund_sources') }}
),

named as (
    select
        fund_source_code,
        name_zh,
        name_en,
        managed_by as manager_name_zh,
        is_named_in_plan,
        sort_order
    from fund_sources
)

select * from named
