with results as (
    select * from {{ ref('stg_hrss__competition_results') }}
),

competitions as (
    select * from {{ ref('fct_competitions') }}
),

areas as (
    select * from {{ ref('int_crosswalks__areas') }}
),

occupations as (
    select * from {{ ref('int_crosswalks__occupations') }}
),

levels as (
    select * from {{ ref('int_crosswalks__levels') }}
),

resolved as (
    select
        results.competition_id,
        results.event_name,
        results.person_key,
        occupations.occupation_code,
        results.rank_no,
        results.award_name,
        levels.level_code as promoted_level_code,
        competitions.ended_on,
        results._batch_id,
        results._sheet,
        results._row_number,
        coalesce(areas.located_area_code, 'unknown') as area_code,
        coalesce(
            occupations.industry_code, competitions.industry_code, 'none'
        ) as industry_code,
        coalesce(results.is_zunyi_craftsman, false) as is_zunyi_craftsman,
        coalesce(competitions.is_held, false) as is_held
    from results
    left join competitions on results.competition_id = competitions.competition_id
    left join areas on results.area_alias = areas.alias
    left join occupations on results.occupation_alias = occupations.alias
    left join levels on results.promoted_level_alias = levels.alias
)

select * from resolved
