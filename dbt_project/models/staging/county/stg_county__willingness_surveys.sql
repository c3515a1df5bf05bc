with current_rows as (
    {{ current_rows(
        'county', 'willingness_surveys', batch=['unit_code', 'period_starts_on', 'period_ends_on']
    ) }}
),

renamed as (
    select
        -- identifiers
        unit_code as area_code,
        survey_no as survey_id,

        -- attributes
        survey_name,
        wanted_occupations,

        -- dates
        cast(completed_on as date) as completed_on,
        cast(period_starts_on as date) as period_starts_on,
        cast(period_ends_on as date) as period_ends_on,

        -- quantities
        cast(township_count as int) as township_count,
        cast(surveyed_count as int) as surveyed_count,
        cast(willing_count as int) as willing_count,
        cast(job_seeker_count as int) as job_seeker_count,

        -- lineage
        _batch_id,
        _sheet,
        cast(_row_number as bigint) as _row_number
    from current_rows
)

select * from renamed
