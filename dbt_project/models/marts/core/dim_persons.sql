with persons as (
    select * from {{ ref('int_persons__identified') }}
),

kept as (
    select
        person_key,
        person_key_version,
        birth_year,
        sex_code
    from persons
)

select * from kept
