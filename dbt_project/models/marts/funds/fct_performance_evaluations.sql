with projects as (
    select * from {{ ref('stg_finance__performance_evaluations') }}
),

areas as (
    select * from {{ ref('int_crosswalks__areas') }}
),

run as (
    select * from {{ ref('stg_landing__run') }}
),

resolved as (
    select
        projects.project_id,
        projects.project_name,
        projects.amount_cny,
        projects.period_starts_on,
        projects.period_ends_on,
        projects._batch_id,
        projects._sheet,
        projects._row_number,
        coalesce(areas.located_area_code, 'unknown') as area_code,
        coalesce(projects.is_sampled, false) as is_sampled
    from projects
    inner join run on projects.period_ends_on <= run.as_of_on
    left join areas on projects.area_alias = areas.alias
)

select * from resolved
