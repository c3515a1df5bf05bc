with measures as (
    select * from {{ ref('measures') }}
),

named as (
    select
        measure_no,
        name_zh,
        name_en,
        plan_section
    from measures
)

select * from named
