-- An indicator stands on words that its section of the plan says, and somebody answers for it.
with indicators as (
    select * from {{ ref('dim_indicators') }}
),

clauses as (
    select * from {{ ref('dim_clauses') }}
),

responsible_units as (
    select * from {{ ref('dim_responsible_units') }}
),

owned as (
    select
        plan_id,
        measure_no,
        sum(case when unit_kind_code = 'department' then 1 else 0 end) as department_count,
        sum(case when unit_kind_code = 'county' then 1 else 0 end) as county_count
    from responsible_units
    group by plan_id, measure_no
),

joined as (
    select
        indicators.indicator_id,
        indicators.clause_zh,
        clauses.text_zh,
        owned.department_count,
        owned.county_count
    from indicators
    left join clauses
        on
            indicators.plan_id = clauses.plan_id
            and indicators.plan_section = clauses.plan_section
    left join owned
        on
            indicators.plan_id = owned.plan_id
            and indicators.measure_no = owned.measure_no
)

select
    indicator_id as rule_name,
    count(*) as broken_count
from joined
where
    coalesce(position(clause_zh in text_zh), 0) = 0
    or coalesce(department_count, 0) = 0
    or coalesce(county_count, 0) = 0
group by indicator_id
