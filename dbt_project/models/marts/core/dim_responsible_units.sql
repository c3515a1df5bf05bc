with responsible_units as (
    select * from {{ ref('responsible_units') }}
),

departments as (
    select * from {{ ref('departments') }}
),

areas as (
    select * from {{ ref('dim_areas') }}
),

-- "The units that answer for the measures below include the counties, not listed again."
counties as (
    select
        responsible_units.plan_id,
        responsible_units.measure_no,
        areas.area_code as unit_code,
        areas.name_zh,
        areas.name_en
    from responsible_units
    cross join areas
    where areas.is_reporting_unit
    group by all
),

answering as (
    select
        responsible_units.plan_id,
        responsible_units.measure_no,
        departments.department_code as unit_code,
        'department' as unit_kind_code,
        responsible_units.basis_code,
        departments.name_zh,
        departments.name_en
    from responsible_units
    inner join departments
        on responsible_units.department_code = departments.department_code
    union all
    select
        plan_id,
        measure_no,
        unit_code,
        'county' as unit_kind_code,
        'implied' as basis_code,
        name_zh,
        name_en
    from counties
)

select * from answering
