with staff as (
    select * from {{ ref('stg_energy__coal_mine_staff') }}
),

areas as (
    select * from {{ ref('int_crosswalks__areas') }}
),

run as (
    select * from {{ ref('stg_landing__run') }}
),

resolved as (
    select
        staff.mine_id,
        staff.mine_name,
        staff.person_key,
        staff.trained_on,
        staff.safety_valid_until,
        staff.period_starts_on,
        staff.period_ends_on,
        staff._batch_id,
        staff._sheet,
        staff._row_number,
        coalesce(areas.located_area_code, 'unknown') as area_code,
        coalesce(staff.is_at_post, false) as is_at_post,
        coalesce(staff.has_skill_certificate, false) as has_skill_certificate
    from staff
    inner join run on staff.period_ends_on <= run.as_of_on
    left join areas on staff.area_alias = areas.alias
)

select * from resolved
