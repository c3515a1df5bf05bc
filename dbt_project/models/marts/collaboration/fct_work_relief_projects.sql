with projects as (
    select * from {{ ref('stg_development__work_relief_projects') }}
),

areas as (
    select * from {{ ref('int_crosswalks__areas') }}
),

departments as (
    select * from {{ ref('int_crosswalks__departments') }}
),

run as (
    select * from {{ ref('stg_landing__run') }}
),

resolved as (
    select
        projects.project_id,
        projects.project_name,
        departments.department_code,
        projects.project_status_code,
        projects.trained_count,
        projects.period_starts_on,
        projects.period_ends_on,
        projects._batch_id,
        projects._sheet,
        projects._row_number,
        coalesce(areas.located_area_code, 'unknown') as area_code
    from projects
    inner join run on projects.period_ends_on <= run.as_of_on
    left join areas on projects.area_alias = areas.alias
    left join departments on projects.department_alias = departments.alias
)

select * from resolved
