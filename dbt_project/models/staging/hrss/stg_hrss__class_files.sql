with current_rows as (
    {{ current_rows('hrss', 'class_files', batch=['period_starts_on', 'period_ends_on']) }}
),

renamed as (
    select
        -- identifiers
        class_no as class_id,
        institution_uscc,
        served_enterprise_uscc,

        -- attributes
        area as area_alias,
        industry as industry_alias,
        cast(is_subsidised as boolean) as is_subsidised,
        cast(is_order_based as boolean) as is_order_based,
        post_stage as post_stage_code,
        enterprise_size as enterprise_size_code,
        cast(is_key_enterprise as boolean) as is_key_enterprise,

        -- dates
        cast(started_on as date) as started_on,
        cast(ended_on as date) as ended_on,
        cast(trainees_approved_on as date) as trainees_approved_on,
        cast(teachers_approved_on as date) as teachers_approved_on,
        cast(venue_approved_on as date) as venue_approved_on,
        cast(mode_approved_on as date) as mode_approved_on,
        cast(occupation_approved_on as date) as occupation_approved_on,
        cast(course_approved_on as date) as course_approved_on,
        cast(period_starts_on as date) as period_starts_on,
        cast(period_ends_on as date) as period_ends_on,

        -- quantities
        cast(completed_count as int) as completed_count,
        cast(documents_due_count as int) as documents_due_count,
        cast(documents_filed_count as int) as documents_filed_count,

        -- lineage
        _batch_id,
        _sheet,
        cast(_row_number as bigint) as _row_number
    from current_rows
)

select * from renamed
