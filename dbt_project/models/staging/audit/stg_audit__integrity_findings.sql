with current_rows as (
    {{ current_rows(
        'audit', 'integrity_findings', batch=['period_starts_on', 'period_ends_on']
    ) }}
),

renamed as (
    select
        -- identifiers
        finding_no as finding_id,
        institution_uscc,
        rule_no as detection_rule_code,

        -- attributes
        area as area_alias,

        -- dates
        cast(found_on as date) as found_on,
        cast(closed_on as date) as closed_on,
        cast(period_starts_on as date) as period_starts_on,
        cast(period_ends_on as date) as period_ends_on,

        -- quantities
        cast(at_risk_cny as decimal(18, 2)) as at_risk_cny,
        cast(recovered_cny as decimal(18, 2)) as recovered_cny,

        -- lineage
        _batch_id,
        _sheet,
        cast(_row_number as bigint) as _row_number
    from current_rows
)

select * from renamed
