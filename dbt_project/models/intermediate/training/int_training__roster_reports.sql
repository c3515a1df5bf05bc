with rosters as (
    select * from {{ ref('stg_department__training_rosters') }}
),

institutions as (
    select * from {{ ref('int_institutions__named') }}
),

areas as (
    select * from {{ ref('int_crosswalks__areas') }}
),

occupations as (
    select * from {{ ref('int_crosswalks__occupations') }}
),

reported as (
    select
        'department' as reporter_kind,
        rosters.department_code as reporter_code,
        rosters.person_key,
        rosters.person_birth_year,
        cast(null as string) as class_id,
        rosters.institution_name,
        institutions.institution_uscc,
        occupations.occupation_code,
        cast(null as string) as level_code,
        cast(null as string) as class_status_code,
        true as is_valid,
        true as has_class,
        rosters.completion_code,
        cast(null as double) as attended_share,
        rosters.started_on,
        rosters.ended_on,
        rosters._batch_id,
        rosters._sheet,
        rosters._row_number,
        rosters._batch_id
        || '|' || coalesce(rosters._sheet, '')
        || '|' || cast(rosters._row_number as string) as report_id,
        coalesce(areas.located_area_code, 'unknown') as area_code,
        coalesce(occupations.family_code, rosters.occupation_alias) as occupation_family,
        coalesce(occupations.industry_code, 'none') as industry_code
    from rosters
    left join institutions on rosters.institution_name = institutions.institution_name
    left join areas on rosters.area_alias = areas.alias
    left join occupations on rosters.occupation_alias = occupations.alias
)

select * from reported
