with batches as (
    select * from {{ ref('stg_landing__batches') }}
),

current_batches as (
    select * from {{ ref('stg_landing__current_batches') }}
),

deliveries as (
    select * from {{ ref('stg_landing__deliveries') }}
),

-- A file may hold rows beside its batches: titles between sheets, or scopes that say nothing
-- new. They were delivered and skipped, and go with the first batch of the file.
placed as (
    select
        batches.batch_id,
        batches.feed_id,
        batches.unit_code,
        batches.delivered_count,
        batches.landed_count,
        batches.rejected_count,
        batches.skipped_count,
        case
            when
                row_number() over (
                    partition by batches.delivery_id
                    order by batches.sequence_no
                ) = 1
                then
                    coalesce(deliveries.delivered_count, 0) - sum(batches.delivered_count) over (
                        partition by batches.delivery_id
                    )
            else 0
        end as beside_count
    from batches
    inner join deliveries on batches.delivery_id = deliveries.delivery_id
),

-- The platform sends changes, so every batch counts; who lists a year resends it.
spoken_for as (
    select
        placed.batch_id,
        placed.landed_count,
        placed.rejected_count,
        case placed.feed_id
            when 'hrss/enrolments' then 'hrss'
            else placed.unit_code
        end as reporter_code,
        placed.delivered_count + placed.beside_count as delivered_count,
        placed.skipped_count + placed.beside_count as skipped_count
    from placed
    left join current_batches on placed.batch_id = current_batches.batch_id
    where
        placed.feed_id = 'hrss/enrolments'
        or (
            placed.feed_id in ('county/training_ledgers', 'department/training_rosters')
            and current_batches.batch_id is not null
        )
)

select * from spoken_for
