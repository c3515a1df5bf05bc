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

fund_sources as (
    select * from {{ ref('fund_sources') }}
),

enterprises as (
    select * from {{ ref('fct_enterprises') }}
),

schools as (
    select * from {{ ref('fct_schools') }}
),

instructors as (
    select * from {{ ref('fct_instructors') }}
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
        'unit' as dimension,
        enterprise_uscc as code,
        max(enterprise_name) as name_zh,
        max(enterprise_name) as name_en
    from enterprises
    group by enterprise_uscc
    union all
    select
        'unit' as dimension,
        school_id as code,
        max(school_name) as name_zh,
        max(school_name) as name_en
    from schools
    group by school_id
    union all
    select
        'unit' as dimension,
        institution_uscc as code,
        max(institution_name) as name_zh,
        max(institution_name) as name_en
    from instructors
    group by institution_uscc
    union all
    select
        'unit' as dimension,
        fund_source_code as code,
        name_zh,
        name_en
    from fund_sources
    union all
    select
        'unit' as dimension,
        item_code as code,
        name_zh,
        name_en
    from items
    where item_group in ('municipal_brand', 'provincial_brand')
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
),

-- A code that two lists give names to has one of them.
named as (
    select
        dimension,
        code,
        max(name_zh) as name_zh,
        max(name_en) as name_en
    from labels
    group by dimension, code
)

select * from named
