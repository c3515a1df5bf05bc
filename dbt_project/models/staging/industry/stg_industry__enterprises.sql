with current_rows as (
    {{ current_rows('industry', 'enterprises', batch=['period_starts_on', 'period_ends_on']) }}
),

renamed as (
    select
        -- identifiers
        enterprise_uscc,

        -- attributes
        enterprise_name,
        area as area_alias,
        industry as industry_alias,
        department as department_alias,
        enterprise_size as enterprise_size_code,
        cast(is_key as boolean) as is_key,
        cast(is_above_scale as boolean) as is_above_scale,
        cast(is_manufacturing as boolean) as is_manufacturing,
        cast(is_self_evaluation_eligible as boolean) as is_self_evaluation_eligible,

        -- dates
        cast(self_evaluation_on as date) as self_evaluation_on,
        cast(eight_level_on as date) as eight_level_on,
        cast(lifelong_system_on as date) as lifelong_system_on,
        cast(talent_plan_on as date) as talent_plan_on,
        cast(period_starts_on as date) as period_starts_on,
        cast(period_ends_on as date) as period_ends_on,

        -- lineage
        _batch_id,
        _sheet,
        cast(_row_number as bigint) as _row_number
    from current_rows
)

select * from renamed
