with departments as (
    select * from {{ ref('departments') }}
),

named as (
    select
        department_code,
        name_zh,
        name_en,
        is_industry_department,
        returns_due as has_returns_due,
        sort_order
    from departments
)

select * from named
