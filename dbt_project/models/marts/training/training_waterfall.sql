with reports as (
    select * from {{ ref('fct_training_reports') }}
),

batches as (
    select * from {{ ref('int_training__batches') }}
),

rules as (
    select * from {{ ref('waterfall_rules') }}
),

kept as (
    select
        reporter_code,
        count(*) as report_count
    from reports
    group by reporter_code
),

at_the_door as (
    select
        batches.reporter_code,
        sum(batches.delivered_count) as delivered_count,
        sum(batches.skipped_count) as skipped_count,
        sum(batches.rejected_count) as rejected_count,
        sum(batches.landed_count) - coalesce(max(kept.report_count), 0) as superseded_count
    from batches
    left join kept on batches.reporter_code = kept.reporter_code
    group by batches.reporter_code
),

removed_later as (
    select
        reporter_code,
        removal_rule_code as rule_code,
        count(*) as removed_count
    from reports
    where removal_rule_code is not null
    group by all
),

removed as (
    select
        at_the_door.reporter_code,
        rules.rule_no,
        rules.step_code,
        rules.rule_code,
        at_the_door.delivered_count,
        case rules.rule_code
            when 'skipped_at_door' then at_the_door.skipped_count
            when 'rejected_at_door' then at_the_door.rejected_count
            when 'superseded' then at_the_door.superseded_count
            else coalesce(removed_later.removed_count, 0)
        end as removed_count
    from at_the_door
    cross join rules
    left join removed_later
        on
            at_the_door.reporter_code = removed_later.reporter_code
            and rules.rule_code = removed_later.rule_code
),

remaining as (
    select
        reporter_code,
        rule_no,
        step_code,
        rule_code,
        cast(removed_count as bigint) as removed_count,
        cast(
            delivered_count - sum(removed_count) over (
                partition by reporter_code
                order by rule_no
                rows between unbounded preceding and current row
            ) as bigint
        ) as remaining_count
    from removed
)

select * from remaining
