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

fund_sources as (
    select * from {{ ref('fund_sources') }}
),

workshops as (
    select * from {{ ref('fct_master_workshops') }}
),

-- Who has told of itself, or was told of, in any period.
told_units as (
    select
        'enterprise' as scope_kind,
        enterprise_uscc as unit_code
    from {{ ref('fct_education_funds') }}
    union all
    select
        'credited_enterprise' as scope_kind,
        enterprise_uscc as unit_code
    from {{ ref('fct_surcharge_credits') }}
    union all
    select
        'school' as scope_kind,
        school_id as unit_code
    from {{ ref('fct_schools') }}
    union all
    select
        'training_institution' as scope_kind,
        institution_uscc as unit_code
    from {{ ref('fct_instructors') }}
    where is_private
    union all
    select
        'returning_department' as scope_kind,
        department_code as unit_code
    from departments
    where returns_due
    union all
    select
        'responsible_department' as scope_kind,
        department_code as unit_code
    from departments
    union all
    select
        'fund_source' as scope_kind,
        fund_source_code as unit_code
    from fund_sources
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
        unit_code,
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

units as (
    select
        told_units.scope_kind,
        city.area_code,
        'all' as industry_code,
        told_units.unit_code,
        'all' as item_code
    from told_units
    cross join city
    group by all
),

brand_by_output as (
    select
        'brand' as scope_kind,
        brands.area_code,
        'all' as industry_code,
        brands.item_code as unit_code,
        outputs.item_code
    from every_item as brands
    cross join every_item as outputs
    where
        brands.scope_kind in ('municipal_brand', 'provincial_brand')
        and outputs.scope_kind = 'training_output'
),

members as (
    select * from city
    union all
    select * from units
    union all
    select * from brand_by_output
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
