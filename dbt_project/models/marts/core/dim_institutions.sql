with institutions as (
    select * from {{ ref('int_institutions__identified') }}
),

kept as (
    select
        institution_uscc,
        institution_name,
        institution_kind_code,
        area_code,
        licensed_on,
        exited_on,
        is_registered
    from institutions
)

select * from kept
