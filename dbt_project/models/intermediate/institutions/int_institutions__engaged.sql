with teachers as (
    select
        person_key,
        period_ends_on,
        institution_uscc,
        _batch_id || '|' || coalesce(_sheet, '') || '|' || cast(_row_number as string) as fact_id
    from {{ ref('fct_instructors') }}
    where
        instructor_role_code = 'teacher'
        and employment_code = 'part_time'
        and person_key is not null
),

thresholds as (
    select -teaching_months as months_back
    from {{ ref('int_plan__thresholds') }}
),

years as (
    select
        teachers.*,
        thresholds.months_back,
        cast(date_trunc('year', teachers.period_ends_on) as date) as year_starts_on
    from teachers
    cross join thresholds
),

-- A year is the calendar's so far, or so many months up to the quarter.
windows as (
    select
        person_key,
        period_ends_on,
        institution_uscc,
        fact_id,
        cast(
            case
                when months_back is null
                    then year_starts_on - interval '1' day
                else {{ dbt.dateadd('month', 'months_back', 'period_ends_on') }}
            end as date
        ) as counted_after_on
    from years
),

engaged as (
    select
        windows.person_key,
        windows.period_ends_on,
        max(windows.fact_id) as fact_id,
        count(distinct teachers.institution_uscc) as institution_count
    from windows
    inner join teachers
        on
            windows.person_key = teachers.person_key
            and windows.period_ends_on >= teachers.period_ends_on
            and windows.counted_after_on < teachers.period_ends_on
    group by windows.person_key, windows.period_ends_on
)

select * from engaged
