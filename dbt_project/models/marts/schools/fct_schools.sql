with schools as (
    select * from {{ ref('stg_education__schools') }}
),

areas as (
    select * from {{ ref('int_crosswalks__areas') }}
),

run as (
    select * from {{ ref('stg_landing__run') }}
),

resolved as (
    select
        schools.school_id,
        schools.school_name,
        schools.school_kind_code,
        schools.student_count,
        schools.person_time_count,
        schools.teacher_count,
        schools.dual_qualified_count,
        schools.dual_diploma_count,
        schools.dual_certificate_count,
        schools.subsidy_cny,
        schools.remuneration_cny,
        schools.senior_class_count,
        schools.training_place_count,
        schools.period_starts_on,
        schools.period_ends_on,
        schools._batch_id,
        schools._sheet,
        schools._row_number,
        coalesce(areas.located_area_code, 'unknown') as area_code
    from schools
    inner join run on schools.period_ends_on <= run.as_of_on
    left join areas on schools.area_alias = areas.alias
)

select * from resolved
