with classes as (
    select * from {{ ref('stg_agriculture__collaboration_classes') }}
),

areas as (
    select * from {{ ref('int_crosswalks__areas') }}
),

run as (
    select * from {{ ref('stg_landing__run') }}
),

-- What stands in two lists; the later list knows.
latest as (
    select
        *,
        row_number() over (
            partition by collaboration_class_id
            order by period_starts_on desc, _batch_id desc, _sheet desc, _row_number desc
        ) as recency_no
    from classes
),

resolved as (
    select
        classes.collaboration_class_id,
        classes.partner_name,
        classes.partner_province,
        classes.class_mode_code,
        classes.started_on,
        classes.ended_on,
        classes.person_time_count,
        classes.placed_count,
        classes.period_starts_on,
        classes.period_ends_on,
        classes._batch_id,
        classes._sheet,
        classes._row_number,
        coalesce(areas.located_area_code, 'unknown') as area_code,
        coalesce(classes.is_at_destination, false) as is_at_destination
    from latest as classes
    inner join run on classes.ended_on <= run.as_of_on
    left join areas on classes.area_alias = areas.alias
    where classes.recency_no = 1
)

select * from resolved
