with paces as (
    select * from {{ ref('paces') }}
    where is_curve
),

pace_curves as (
    select * from {{ ref('pace_curves') }}
),

spread as (
    select
        paces.pace_code,
        count(pace_curves.month_no) as month_count,
        coalesce(sum(pace_curves.year_share), 0) as year_share
    from paces
    left join pace_curves on paces.pace_code = pace_curves.pace_code
    group by paces.pace_code
)

select * from spread
where month_count <> 12 or abs(year_share - 1) > 0.000001
