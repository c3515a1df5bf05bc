with quarterly as (
    select * from {{ ref('int_talent__quarterly') }}
),

periods as (
    select * from {{ ref('int_plan__periods') }}
),

-- A quarter takes its own figure; the end of the plan the latest of the plan so far.
within as (
    select
        periods.period_code,
        quarterly.indicator_id,
        quarterly.area_code,
        quarterly.item_code,
        quarterly.person_count,
        row_number() over (
            partition by
                periods.period_code,
                quarterly.indicator_id,
                quarterly.area_code,
                quarterly.item_code
            order by quarterly.period_ends_on desc
        ) as recency_no
    from quarterly
    inner join periods
        on
            quarterly.period_ends_on between periods.starts_on and periods.seen_until_on
    where periods.period_kind in ('quarter', 'end')
),

reported as (
    select
        period_code,
        indicator_id,
        area_code,
        item_code,
        person_count
    from within
    where recency_no = 1
)

select * from reported
