with certificates as (
    select * from {{ ref('fct_certificates') }}
),

-- A person counts once, at the highest rank, whatever the number of certificates; where two
-- are equal the later one says area and industry.
ranked as (
    select
        *,
        row_number() over (
            partition by person_key
            order by coalesce(level_rank, -1) desc, issued_on desc, certificate_key asc
        ) as rank_no,
        count(*) over (partition by person_key) as certificate_count
    from certificates
    where is_in_force and person_key is not null
),

highest as (
    select
        person_key,
        certificate_key,
        level_code,
        level_rank,
        is_high_skilled,
        area_code,
        industry_code,
        certificate_count
    from ranked
    where rank_no = 1
)

select * from highest
