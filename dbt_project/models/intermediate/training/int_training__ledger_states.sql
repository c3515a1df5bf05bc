with rows_of_ledgers as (
    select * from {{ source('county', 'training_ledgers') }}
),

batches as (
    select * from {{ ref('stg_landing__batches') }}
    where feed_id = 'county/training_ledgers'
),

told as (
    select
        batches.batch_id,
        batches.scope_id,
        batches.unit_code as area_code,
        coalesce(batches.covers_rank, 0) as covers_rank,
        batches.sequence_no,
        cast(
            date_trunc('month', {{ shanghai_from_utc('batches.delivered_at') }}) as date
        ) as reported_month_on,
        cast(date_trunc('month', cast(rows_of_ledgers.ended_on as date)) as date)
            as training_month_on,
        count(*) as training_count
    from rows_of_ledgers
    inner join batches on rows_of_ledgers._batch_id = batches.batch_id
    where rows_of_ledgers.completion = 'completed'
    group by all
)

select * from told
