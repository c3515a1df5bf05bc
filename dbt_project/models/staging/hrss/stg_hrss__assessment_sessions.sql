with current_rows as (
    {{ current_rows(
        'hrss', 'assessment_sessions', batch=['period_starts_on', 'period_ends_on']
    ) }}
),

renamed as (
    select
        -- identifiers
        session_no as session_id,

        -- attributes
        institution_name,
        area as area_alias,
        cast(has_external_supervisor as boolean) as has_external_supervisor,

        -- dates
        cast(held_on as date) as held_on,
        cast(period_starts_on as date) as period_starts_on,
        cast(period_ends_on as date) as period_ends_on,

        -- quantities
        cast(candidate_count as int) as candidate_count,

        -- lineage
        _batch_id,
        _sheet,
        cast(_row_number as bigint) as _row_number
    from current_rows
)

select * from renamed
