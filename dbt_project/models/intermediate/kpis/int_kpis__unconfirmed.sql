with proofs as (
    select * from {{ ref('fct_manual_evidence') }}
    where not is_confirmed
),

areas as (
    select * from {{ ref('int_areas__rolled_up') }}
),

periods as (
    select * from {{ ref('int_plan__periods') }}
),

-- Documents speak where and when their rows are evidence.
unconfirmed as (
    select
        proofs.indicator_id,
        periods.period_code,
        areas.area_code
    from proofs
    inner join areas on proofs.area_code = areas.member_code
    inner join periods
        on proofs.period_starts_on between periods.starts_on and periods.seen_until_on
    where proofs.indicator_id is not null
    group by all
)

select * from unconfirmed
