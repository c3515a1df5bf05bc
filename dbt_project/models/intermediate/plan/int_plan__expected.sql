{{ config(materialized='table') }}

with targets as (
    select * from {{ ref('targets') }}
),

indicators as (
    select * from {{ ref('indicators') }}
),

periods as (
    select * from {{ ref('int_plan__periods') }}
),

plans as (
    select * from {{ ref('plans') }}
),

scope_members as (
    select * from {{ ref('int_plan__scope_members') }}
),

-- A scope without members still yields a row: missing is a status, never a hole.
expected as (
    select
        targets.plan_id,
        targets.indicator_id,
        indicators.measure_no,
        indicators.unit,
        indicators.counting_code,
        indicators.reading_code,
        indicators.member_scope_kind,
        periods.period_code,
        periods.period_kind,
        periods.starts_on,
        periods.ends_on,
        periods.seen_until_on,
        periods.has_begun,
        targets.scope_kind,
        coalesce(scope_members.area_code, 'none') as area_code,
        case
            when targets.industry_code <> 'all' then targets.industry_code
            else coalesce(scope_members.industry_code, 'none')
        end as industry_code,
        coalesce(scope_members.unit_code, 'none') as unit_code,
        coalesce(scope_members.item_code, 'none') as item_code,
        scope_members.scope_kind is not null as has_applicable_unit
    from targets
    inner join indicators on targets.indicator_id = indicators.indicator_id
    inner join plans on targets.plan_id = plans.plan_id
    inner join periods
        on
            targets.period_kind = periods.period_kind
            and plans.starts_on <= periods.calendar_starts_on
            and plans.ends_on >= periods.calendar_ends_on
    left join scope_members on targets.scope_kind = scope_members.scope_kind
)

select * from expected
