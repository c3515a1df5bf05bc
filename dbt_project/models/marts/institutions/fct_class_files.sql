with files as (
    select * from {{ ref('stg_hrss__class_files') }}
),

areas as (
    select * from {{ ref('int_crosswalks__areas') }}
),

industries as (
    select * from {{ ref('int_crosswalks__industries') }}
),

run as (
    select * from {{ ref('stg_landing__run') }}
),

-- What stands in two lists; the later list knows.
latest as (
    select
        files.*,
        row_number() over (
            partition by files.class_id
            order by
                files.period_starts_on desc,
                files._batch_id desc,
                files._sheet desc,
                files._row_number desc
        ) as recency_no
    from files
    inner join run on files.period_ends_on <= run.as_of_on
),

resolved as (
    select
        files.class_id,
        files.institution_uscc,
        files.post_stage_code,
        files.served_enterprise_uscc,
        files.enterprise_size_code,
        files.completed_count,
        files.started_on,
        files.ended_on,
        files.trainees_approved_on,
        files.teachers_approved_on,
        files.venue_approved_on,
        files.mode_approved_on,
        files.occupation_approved_on,
        files.course_approved_on,
        files.documents_due_count,
        files.documents_filed_count,
        files.period_starts_on,
        files.period_ends_on,
        files._batch_id,
        files._sheet,
        files._row_number,
        coalesce(areas.located_area_code, 'unknown') as area_code,
        coalesce(industries.industry_code, 'none') as industry_code,
        coalesce(files.is_subsidised, false) as is_subsidised,
        coalesce(files.is_order_based, false) as is_order_based,
        coalesce(files.is_key_enterprise, false) as is_key_enterprise
    from latest as files
    left join areas on files.area_alias = areas.alias
    left join industries on files.industry_alias = industries.alias
    where files.recency_no = 1
)

select * from resolved
