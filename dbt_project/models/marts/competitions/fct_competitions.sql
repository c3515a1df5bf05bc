with competitions as (
    select * from {{ ref('stg_hrss__competitions') }}
),

areas as (
    select * from {{ ref('int_crosswalks__areas') }}
),

departments as (
    select * from {{ ref('int_crosswalks__departments') }}
),

industries as (
    select * from {{ ref('int_crosswalks__industries') }}
),

run as (
    select * from {{ ref('stg_landing__run') }}
),

-- A competition that was put off stands in the lists of two years; the later list knows.
latest as (
    select
        *,
        row_number() over (
            partition by competition_id
            order by _batch_id desc, _sheet desc, _row_number desc
        ) as recency_no
    from competitions
),

resolved as (
    select
        competitions.competition_id,
        competitions.competition_name,
        competitions.competition_level_code,
        competitions.competition_family_code,
        competitions.organiser_alias as organiser_name,
        departments.department_code,
        competitions.started_on,
        competitions.ended_on,
        competitions.event_count,
        competitions.contestant_count,
        competitions.coach_count,
        competitions._batch_id,
        competitions._sheet,
        competitions._row_number,
        coalesce(areas.located_area_code, 'unknown') as area_code,
        coalesce(industries.industry_code, 'none') as industry_code,
        coalesce(competitions.is_comprehensive, false) as is_comprehensive,
        competitions.ended_on <= run.as_of_on as is_held
    from latest as competitions
    cross join run
    left join areas on competitions.area_alias = areas.alias
    left join departments on competitions.organiser_alias = departments.alias
    left join industries on competitions.industry_alias = industries.alias
    where competitions.recency_no = 1
)

select * from resolved
