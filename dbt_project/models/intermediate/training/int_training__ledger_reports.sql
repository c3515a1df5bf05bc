with ledgers as (
    select * from {{ ref('stg_county__training_ledgers') }}
),

institutions as (
    select * from {{ ref('int_institutions__named') }}
),

occupations as (
    select * from {{ ref('int_crosswalks__occupations') }}
),

industries as (
    select * from {{ ref('int_crosswalks__industries') }}
),

levels as (
    select * from {{ ref('int_crosswalks__levels') }}
),

reported as (
    select
        'county' as reporter_kind,
        ledgers.reporting_area_code as reporter_code,
        ledgers.person_key,
        ledgers.person_birth_year,
        cast(null as string) as class_id,
        ledgers.institution_name,
        institutions.institution_uscc,
        ledgers.reporting_area_code as area_code,
        occupations.occupation_code,
        levels.level_code,
        cast(null as string) as class_status_code,
        true as is_valid,
        true as has_class,
        ledgers.completion_code,
        cast(null as double) as attended_share,
        ledgers.started_on,
        ledgers.ended_on,
        ledgers._batch_id,
        ledgers._sheet,
        ledgers._row_number,
        ledgers._batch_id
        || '|' || coalesce(ledgers._sheet, '')
        || '|' || cast(ledgers._row_number as string) as report_id,
        coalesce(occupations.family_code, ledgers.occupation_alias) as occupation_family,
        coalesce(industries.industry_code, occupations.industry_code, 'none') as industry_code
    from ledgers
    left join institutions on ledgers.institution_name = institutions.institution_name
    left join occupations on ledgers.occupation_alias = occupations.alias
    left join industries on ledgers.industry_alias = industries.alias
    left join levels on ledgers.level_alias = levels.alias
)

select * from reported
