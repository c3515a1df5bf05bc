with statuses as (
    select * from {{ ref('statuses') }}
),

named as (
    select
        status_code,
        precedence,
        name_zh,
        name_en,
        is_judged,
        description
    from statuses
)

select * from named
