with industries as (
    select * from {{ ref('int_industries__completed') }}
),

areas as (
    select * from {{ ref('int_areas__completed') }}
),

departments as (
    select * from {{ ref('departments') }}
),

occupations as (
    select * from {{ ref('occupations') }}
),

skill_levels as (
    select * from {{ ref('skill_levels') }}
),

items as (
    select * from {{ ref('items') }}
),

workshops as (
    select * from {{ ref('fct_master_workshops') }}
),

labels as (
    select
        'area' as dimension,
        area_code as code,
        name_zh,
        name_en
    from areas
    union all
    select
        'industry' as dimension,
        industry_code as code,
        name_zh,
        name_en
    from industries
    union all
    select
        'unit' as dimension,
        department_code as code,
        name_zh,
        name_en
    from departments
    union all
    select
        'unit' as dimension,
        workshop_id as code,
        max(workshop_name) as name_zh,
        max(workshop_name) as name_en
    from workshops
    group by workshop_id
    union all
    select
        'item' as dimension,
        occupation_code as code,
        name_zh,
        name_en
    from occupations
    union all
    select
        'item' as dimension,
        level_code as code,
        name_zh,
        name_en
    from skill_levels
    union all
    select
        'item' as dimension,
        item_code as code,
        name_zh,
        name_en
    from items
)

select * from labels
