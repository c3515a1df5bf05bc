with states as (
    select * from {{ ref('int_training__ledger_states') }}
),

batches as (
    select
        batch_id,
        scope_id,
        area_code,
        covers_rank,
        sequence_no,
        reported_month_on
    from states
    group by all
),

reported_months as (
    select
        scope_id,
        reported_month_on
    from batches
    group by scope_id, reported_month_on
),

-- What was the truth of a scope at the end of each month in which something was delivered.
ranked as (
    select
        reported_months.scope_id,
        reported_months.reported_month_on,
        batches.batch_id,
        batches.area_code,
        row_number() over (
            partition by reported_months.scope_id, reported_months.reported_month_on
            order by batches.covers_rank desc, batches.sequence_no desc
        ) as truth_no
    from reported_months
    inner join batches
        on
            reported_months.scope_id = batches.scope_id
            and reported_months.reported_month_on >= batches.reported_month_on
),

training_months as (
    select
        scope_id,
        training_month_on,
        min(reported_month_on) as first_reported_month_on
    from states
    group by scope_id, training_month_on
),

-- A month of which a later delivery says nothing any more has fallen to zero.
triangle as (
    select
        ranked.scope_id,
        ranked.area_code,
        training_months.training_month_on,
        ranked.reported_month_on,
        ranked.batch_id,
        coalesce(states.training_count, 0) as training_count
    from ranked
    inner join training_months
        on
            ranked.scope_id = training_months.scope_id
            and ranked.reported_month_on >= training_months.first_reported_month_on
    left join states
        on
            ranked.batch_id = states.batch_id
            and training_months.training_month_on = states.training_month_on
    where ranked.truth_no = 1
),

changed as (
    select
        scope_id as scope_code,
        area_code,
        training_month_on,
        reported_month_on,
        cast(
            {{ dbt.datediff('training_month_on', 'reported_month_on', 'month') }} as bigint
        ) as lag_months,
        cast(training_count as bigint) as training_count,
        cast(
            training_count - coalesce(
                lag(training_count) over (
                    partition by scope_id, training_month_on
                    order by reported_month_on
                ), 0
            ) as bigint
        ) as changed_by,
        batch_id as _batch_id
    from triangle
)

select * from changed
