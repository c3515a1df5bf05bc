with targets as (
    select * from {{ ref('targets') }}
),

plans as (
    select * from {{ ref('plans') }}
),

placed as (
    select
        targets.plan_id,
        plans.document_no,
        plans.version as plan_version,
        plans.starts_on as valid_from_on,
        plans.ends_on as valid_to_on,
        targets.indicator_id,
        targets.period_kind,
        targets.scope_kind,
        targets.industry_code,
        targets.direction,
        cast(targets.target_value as decimal(18, 4)) as target_value,
        targets.pace_code,
        targets.is_binding,
        -- What a value must not exceed: the upper end of a span, or the limit itself.
        case
            when targets.direction = '<=' then cast(targets.target_value as decimal(18, 4))
            else cast(targets.upper_value as decimal(18, 4))
        end as limit_value
    from targets
    inner join plans on targets.plan_id = plans.plan_id
)

select * from placed
