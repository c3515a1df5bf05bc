{{ config(materialized=large_fact(), incremental_strategy='append') }}

with named as (
    select * from {{ ref('int_institutions__named') }}
),

run as (
    select * from {{ ref('stg_landing__run') }}
),

before as (
    {{
        standing_rows(
            this if is_incremental() else none,
            {'institution_name': 'string', 'institution_uscc': 'string', 'told_at': 'timestamp'}
        )
    }}
),

known as (
    select
        institution_name,
        max_by(coalesce(institution_uscc, ''), told_at) as institution_uscc
    from before
    group by institution_name
),

told as (
    select
        named.institution_uscc,
        coalesce(named.institution_name, known.institution_name) as institution_name
    from named
    full outer join known on named.institution_name = known.institution_name
    where coalesce(named.institution_uscc, '') <> coalesce(known.institution_uscc, '')
),

renamed as (
    select
        told.institution_name,
        told.institution_uscc,
        run.refreshed_at as told_at
    from told
    cross join run
)

select * from renamed
