with current_rows as (
    {{ current_rows('education', 'schools', batch=['period_starts_on', 'period_ends_on']) }}
),

renamed as (
    select
        -- identifiers
        school_no as school_id,

        -- attributes
        school_name,
        area as area_alias,
        school_kind as school_kind_code,

        -- dates
        cast(period_starts_on as date) as period_starts_on,
        cast(period_ends_on as date) as period_ends_on,

        -- quantities
        cast(student_count as int) as student_count,
        cast(training_person_times as int) as person_time_count,
        cast(teacher_count as int) as teacher_count,
        cast(dual_qualified_count as int) as dual_qualified_count,
        cast(dual_diploma_count as int) as dual_diploma_count,
        cast(dual_certificate_count as int) as dual_certificate_count,
        cast(subsidy_cny as decimal(18, 2)) as subsidy_cny,
        cast(remuneration_cny as decimal(18, 2)) as remuneration_cny,
        cast(senior_class_count as int) as senior_class_count,
        cast(training_place_count as int) as training_place_count,

        -- lineage
        _batch_id,
        _sheet,
        cast(_row_number as bigint) as _row_number
    from current_rows
)

select * from renamed
