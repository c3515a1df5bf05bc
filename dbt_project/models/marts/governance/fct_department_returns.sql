with returns as (
    select * from {{ ref('stg_department__training_returns') }}
),

industries as (
    select * from {{ ref('int_crosswalks__industries') }}
),

run as (
    select * from {{ ref('stg_landing__run') }}
),

resolved as (
    select
        returns.department_code,
        returns.industry_alias as industry_name,
        returns.period_starts_on,
        returns.period_ends_on,
        returns.class_count,
        returns.person_time_count,
        returns.person_time_ytd_count,
        returns.certificate_count,
        returns.high_skilled_count,
        returns.funds_cny,
        returns._batch_id,
        returns._sheet,
        returns._row_number,
        coalesce(industries.industry_code, 'none') as industry_code
    from returns
    inner join run on returns.period_ends_on <= run.as_of_on
    left join industries on returns.industry_alias = industries.alias
)

select * from resolved
