with workshops as (
    select * from {{ ref('fct_master_workshops') }}
),

periods as (
    select * from {{ ref('int_plan__periods') }}
),

latest as (
    select
        periods.period_code,
        max(workshops.period_ends_on) as roster_on
    from periods
    inner join workshops
        on workshops.period_ends_on between periods.starts_on and periods.seen_until_on
    where periods.period_kind in ('quarter', 'year', 'end')
    group by periods.period_code
),

-- A stock at the end of a period is its last roster so far.
rosters as (
    select
        latest.period_code,
        workshops.workshop_id,
        workshops.period_ends_on,
        workshops.area_code,
        workshops.field_code,
        workshops.industry_code,
        workshops.workshop_level_code,
        workshops.workshop_status_code,
        workshops.preparing_level_code,
        workshops.apprentice_count,
        workshops.innovation_count,
        workshops.person_time_count
    from latest
    inner join workshops on latest.roster_on = workshops.period_ends_on
)

select * from rosters
