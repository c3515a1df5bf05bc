with batches as (
    select * from {{ ref('stg_landing__batches') }}
),

-- A county resends its whole year to date: the batch that covers the furthest month is the
-- truth of its scope, then the later one. A late March never erases May.
ranked as (
    select
        *,
        row_number() over (
            partition by feed_id, scope_id
            order by coalesce(covers_rank, 0) desc, sequence_no desc
        ) as truth_no
    from batches
),

furthest as (
    select
        batch_id,
        feed_id,
        unit_code,
        period_starts_on,
        period_ends_on,
        delivered_at,
        delivered_count,
        landed_count,
        rejected_count,
        skipped_count
    from ranked
    where truth_no = 1
)

select * from furthest
