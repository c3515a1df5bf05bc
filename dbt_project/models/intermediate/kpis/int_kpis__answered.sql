with batches as (
    select * from {{ ref('stg_landing__current_batches') }}
),

indicator_feeds as (
    select * from {{ ref('indicator_feeds') }}
),

periods as (
    select * from {{ ref('int_plan__periods') }}
),

departments as (
    select * from {{ ref('departments') }}
),

run as (
    select * from {{ ref('stg_landing__run') }}
),

-- Periods of which a feed has told. Who delivers unit by unit answers for that unit alone, and a
-- report that speaks of a period as a whole answers when the period is over.
answered as (
    select
        indicator_feeds.indicator_id,
        periods.period_code,
        case
            when indicator_feeds.is_about_all then 'any'
            else coalesce(batches.unit_code, 'any')
        end as answering_code
    from batches
    cross join run
    inner join indicator_feeds on batches.feed_id = indicator_feeds.feed_id
    inner join periods
        on
            coalesce(batches.period_starts_on, periods.starts_on) <= periods.ends_on
            and coalesce(batches.period_ends_on, periods.ends_on) >= periods.starts_on
    where
        periods.has_begun
        and coalesce(batches.period_starts_on, run.as_of_on) <= run.as_of_on
        and (
            indicator_feeds.answers_code = 'while_running'
            or batches.period_ends_on <= run.as_of_on
        )
    group by all
),

-- What departments tell one by one, they tell of the whole city.
with_departments as (
    select * from answered
    union all
    select
        answered.indicator_id,
        answered.period_code,
        'departments' as answering_code
    from answered
    inner join departments on answered.answering_code = departments.department_code
    group by answered.indicator_id, answered.period_code
)

select * from with_departments
