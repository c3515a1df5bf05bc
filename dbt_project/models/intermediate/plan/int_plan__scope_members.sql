with areas as (
    select * from {{ ref('int_areas__completed') }}
),

industries as (
    select * from {{ ref('int_industries__completed') }}
),

departments as (
    select * from {{ ref('departments') }}
),

skill_levels as (
    select * from {{ ref('skill_levels') }}
),

items as (
    select * from {{ ref('items') }}
),

named_members as (
    select * from {{ ref('named_members') }}
),

workshops as (
    select * from {{ ref('fct_master_workshops') }}
),

city as (
    select
        'city' as scope_kind,
        area_code,
        'all' as industry_code,
        'all' as unit_code,
        'all' as item_code
    from areas
    where area_kind = 'city'
),

every_area as (
    select
        'area' as scope_kind,
        area_code,
        'all' as industry_code,
        'all' as unit_code,
        'all' as item_code
    from areas
    where area_kind <> 'city'
),

counties as (
    select
        'county' as scope_kind,
        area_code,
        'all' as industry_code,
        'all' as unit_code,
        'all' as item_code
    from areas
    where is_reporting_unit
),

every_industry as (
    select
        'industry' as scope_kind,
        city.area_code,
        industries.industry_code,
        'all' as unit_code,
        'all' as item_code
    from industries
    cross join city
    where industries.industry_kind in ('industry', 'none')
),

area_by_industry as (
    select
        'area_industry' as scope_kind,
        every_area.area_code,
        every_industry.industry_code,
        'all' as unit_code,
        'all' as item_code
    from every_area
    cross join every_industry
),

named as (
    select
        named_kind as scope_kind,
        area_code,
        industry_code,
        'all' as unit_code,
        item_code
    from named_members
),

other_counties as (
    select
        'other_county' as scope_kind,
        counties.area_code,
        'all' as industry_code,
        'all' as unit_code,
        'all' as item_code
    from counties
    left join named
        on
            counties.area_code = named.area_code
            and named.scope_kind = 'county_industry_pair'
    where named.area_code is null
),

industry_departments as (
    select
        'industry_department' as scope_kind,
        city.area_code,
        'all' as industry_code,
        departments.department_code as unit_code,
        'all' as item_code
    from departments
    cross join city
    where departments.is_industry_department
),

every_level as (
    select
        'skill_level' as scope_kind,
        city.area_code,
        'all' as industry_code,
        'all' as unit_code,
        skill_levels.level_code as item_code
    from skill_levels
    cross join city
),

high_levels as (
    select
        'high_skill_level' as scope_kind,
        city.area_code,
        'all' as industry_code,
        'all' as unit_code,
        skill_levels.level_code as item_code
    from skill_levels
    cross join city
    where skill_levels.is_high_skilled
),

every_item as (
    select
        items.item_group as scope_kind,
        city.area_code,
        'all' as industry_code,
        'all' as unit_code,
        items.item_code
    from items
    cross join city
),

area_by_talent as (
    select
        'area_competition_talent' as scope_kind,
        every_area.area_code,
        'all' as industry_code,
        'all' as unit_code,
        every_item.item_code
    from every_area
    cross join every_item
    where every_item.scope_kind = 'competition_talent'
),

industry_by_talent as (
    select
        'industry_competition_talent' as scope_kind,
        every_industry.area_code,
        every_industry.industry_code,
        'all' as unit_code,
        every_item.item_code
    from every_industry
    cross join every_item
    where every_item.scope_kind = 'competition_talent'
),

workshop_by_output as (
    select
        'workshop' as scope_kind,
        every_item.area_code,
        'all' as industry_code,
        workshops.workshop_id as unit_code,
        every_item.item_code
    from workshops
    cross join every_item
    where every_item.scope_kind = 'workshop_output'
    group by all
),

members as (
    select * from city
    union all
    select * from every_area
    union all
    select * from counties
    union all
    select * from every_industry
    union all
    select * from area_by_industry
    union all
    select * from named
    union all
    select * from other_counties
    union all
    select * from industry_departments
    union all
    select * from every_level
    union all
    select * from high_levels
    union all
    select * from every_item
    union all
    select * from area_by_talent
    union all
    select * from industry_by_talent
    union all
    select * from workshop_by_output
)

select * from members
