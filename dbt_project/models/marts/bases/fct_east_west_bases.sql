with bases as (
    select * from {{ ref('stg_agriculture__east_west_bases') }}
),

run as (
    select * from {{ ref('stg_landing__run') }}
),

resolved as (
    select
        bases.base_id,
        bases.base_name,
        bases.province,
        bases.enterprise_name,
        bases.opened_on,
        bases.pre_post_count,
        bases.transfer_count,
        bases.in_post_count,
        bases.period_starts_on,
        bases.period_ends_on,
        bases._batch_id,
        bases._sheet,
        bases._row_number,
        coalesce(bases.opened_on <= run.as_of_on, false) as is_open
    from bases
    inner join run on bases.period_starts_on <= run.as_of_on
)

select * from resolved
