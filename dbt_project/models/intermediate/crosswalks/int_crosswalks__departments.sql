with aliases as (
    select * from {{ ref('department_aliases') }}
),

departments as (
    select * from {{ ref('departments') }}
),

spelt as (
    select
        alias,
        department_code
    from aliases
    union
    select
        name_zh as alias,
        department_code
    from departments
)

select * from spelt
