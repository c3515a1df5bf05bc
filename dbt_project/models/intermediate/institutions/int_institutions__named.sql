with identified as (
    select * from {{ ref('int_institutions__identified') }}
),

-- A name that two institutions share identifies neither.
named as (
    select
        institution_name,
        max(institution_uscc) as institution_uscc
    from identified
    where institution_name is not null
    group by institution_name
    having count(*) = 1
)

select * from named
