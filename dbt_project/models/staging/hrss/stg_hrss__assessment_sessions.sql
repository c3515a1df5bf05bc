with source as (
    select * from {{ source('hrss', 'assessment_sessions') }}
),

current_batches as (
    select * from {{ ref('stg_landing__current_batches') }}
),

current_rows as (
    select
        source.*,
        current_batches.period_starts_on,
        current_batches.period_ends_on
    from source
    inner join current_batches on source._batch_id = current_batches.batch_id
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
