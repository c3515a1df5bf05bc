with quarterly as (
    select * from {{ ref('int_talent__quarterly') }}
),

plans as (
    select * from {{ ref('plans') }}
),

-- The stock reported for the last quarter before the plan began.
before_the_plan as (
    select
        plans.plan_id,
        quarterly.indicator_id,
        quarterly.area_code,
        quarterly.item_code,
        quarterly.person_count as baseline_count
    from quarterly
    inner join plans
        on quarterly.period_ends_on = cast(plans.starts_on - interval '1' day as date)
)

select * from before_the_plan
