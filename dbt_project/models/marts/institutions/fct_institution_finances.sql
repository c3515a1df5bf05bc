with accounts as (
    select * from {{ ref('stg_civil_affairs__institution_finances') }}
),

areas as (
    select * from {{ ref('int_crosswalks__areas') }}
),

run as (
    select * from {{ ref('stg_landing__run') }}
),

resolved as (
    select
        accounts.institution_uscc,
        accounts.institution_name,
        accounts.surplus_cny,
        accounts.reinvested_cny,
        accounts.period_starts_on,
        accounts.period_ends_on,
        accounts._batch_id,
        accounts._sheet,
        accounts._row_number,
        coalesce(areas.located_area_code, 'unknown') as area_code
    from accounts
    inner join run on accounts.period_ends_on <= run.as_of_on
    left join areas on accounts.area_alias = areas.alias
)

select * from resolved
