-- Down the waterfall of each reporter nothing is lost or won between two rules.
with waterfall as (
    select * from {{ ref('training_waterfall') }}
),

stepped as (
    select
        *,
        lag(remaining_count) over (
            partition by reporter_code
            order by rule_no
        ) as came_count
    from waterfall
)

select
    rule_code as rule_name,
    sum(abs(came_count - removed_count - remaining_count)) as broken_count
from stepped
where came_count - removed_count <> remaining_count
group by rule_code
