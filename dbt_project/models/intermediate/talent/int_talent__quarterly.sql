with stock as (
    select * from {{ ref('fct_talent_stock') }}
),

areas as (
    select * from {{ ref('areas') }}
),

-- Units that nobody knows share one code.
parts as (
    select
        stock.period_ends_on,
        stock.area_code,
        areas.area_type = 'city' as is_whole,
        sum(stock.skilled_count) as skilled_count,
        sum(stock.high_skilled_count) as high_skilled_count,
        sum(stock.senior_worker_count) as senior_worker_count,
        sum(stock.technician_count) as technician_count,
        sum(stock.senior_technician_count) as senior_technician_count
    from stock
    left join areas on stock.area_code = areas.area_code
    group by stock.period_ends_on, stock.area_code, areas.area_type
),

-- The city's own row when the bureau sends one, else the sum of the parts.
whole_or_sum as (
    select
        period_ends_on,
        coalesce(max(case when is_whole then skilled_count end), sum(skilled_count))
            as skilled_count,
        coalesce(max(case when is_whole then high_skilled_count end), sum(high_skilled_count))
            as high_skilled_count,
        coalesce(max(case when is_whole then senior_worker_count end), sum(senior_worker_count))
            as senior_worker_count,
        coalesce(max(case when is_whole then technician_count end), sum(technician_count))
            as technician_count,
        coalesce(
            max(case when is_whole then senior_technician_count end),
            sum(senior_technician_count)
        ) as senior_technician_count
    from parts
    group by period_ends_on
),

by_area as (
    select
        whole_or_sum.period_ends_on,
        areas.area_code,
        whole_or_sum.skilled_count,
        whole_or_sum.high_skilled_count,
        whole_or_sum.senior_worker_count,
        whole_or_sum.technician_count,
        whole_or_sum.senior_technician_count
    from whole_or_sum
    inner join areas on areas.area_type = 'city'
    union all
    select
        period_ends_on,
        area_code,
        skilled_count,
        high_skilled_count,
        senior_worker_count,
        technician_count,
        senior_technician_count
    from parts
    where not coalesce(is_whole, false)
),

by_indicator as (
    select
        period_ends_on,
        area_code,
        'H-03' as indicator_id,
        'all' as item_code,
        skilled_count as person_count
    from by_area
    union all
    select
        period_ends_on,
        area_code,
        'H-04' as indicator_id,
        'all' as item_code,
        high_skilled_count as person_count
    from by_area
    union all
    select
        period_ends_on,
        area_code,
        'H-04' as indicator_id,
        'senior' as item_code,
        senior_worker_count as person_count
    from by_area
    union all
    select
        period_ends_on,
        area_code,
        'H-04' as indicator_id,
        'technician' as item_code,
        technician_count as person_count
    from by_area
    union all
    select
        period_ends_on,
        area_code,
        'H-04' as indicator_id,
        'senior_technician' as item_code,
        senior_technician_count as person_count
    from by_area
)

select * from by_indicator
where person_count is not null
