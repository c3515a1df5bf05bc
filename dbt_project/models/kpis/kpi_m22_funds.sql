with findings as (
    select * from {{ ref('fct_integrity_findings') }}
),

allocations as (
    select * from {{ ref('fct_fund_allocations') }}
),

events as (
    select * from {{ ref('fct_county_events') }}
),

projects as (
    select * from {{ ref('fct_performance_evaluations') }}
),

-- 按规定统筹使用就业补助资金 … 等各类资金: amounts run from the start of the year.
m22_1 as (
    select
        'M22-1' as indicator_id,
        period_ends_on as counted_on,
        area_code,
        'none' as industry_code,
        coalesce(fund_source_code, 'none') as unit_code,
        'all' as item_code,
        disbursed_cny as numerator,
        allocated_cny as denominator,
        'fct_fund_allocations' as fact_name,
        _batch_id || '|' || coalesce(_sheet, '') || '|' || cast(_row_number as string) as fact_id,
        _batch_id,
        _sheet,
        _row_number
    from allocations
),

-- 县级每年要组织对培训资金使用情况开展年度审计
m22_2 as (
    select
        'M22-2' as indicator_id,
        happened_on as counted_on,
        area_code,
        'none' as industry_code,
        'none' as unit_code,
        'all' as item_code,
        1 as numerator,
        null as denominator,
        'fct_county_events' as fact_name,
        area_code || '|' || event_id || '|' || cast(period_starts_on as string) as fact_id,
        _batch_id,
        _sheet,
        _row_number
    from events
    where event_kind_code = 'audit'
),

-- 市级要抽取一定的量开展绩效评估
m22_3_projects as (
    select
        'M22-3' as indicator_id,
        period_starts_on as counted_on,
        area_code,
        'none' as industry_code,
        'none' as unit_code,
        'projects' as item_code,
        case when is_sampled then 1 else 0 end as numerator,
        1 as denominator,
        'fct_performance_evaluations' as fact_name,
        project_id || '|' || cast(period_starts_on as string) as fact_id,
        _batch_id,
        _sheet,
        _row_number
    from projects
),

m22_3_amount as (
    select
        'M22-3' as indicator_id,
        period_starts_on as counted_on,
        area_code,
        'none' as industry_code,
        'none' as unit_code,
        'amount' as item_code,
        case when is_sampled then amount_cny else 0 end as numerator,
        amount_cny as denominator,
        'fct_performance_evaluations' as fact_name,
        project_id || '|' || cast(period_starts_on as string) as fact_id,
        _batch_id,
        _sheet,
        _row_number
    from projects
),

-- 防止骗取、套取、挪用培训资金
m22_4_opened as (
    select
        'M22-4' as indicator_id,
        found_on as counted_on,
        area_code,
        'none' as industry_code,
        'none' as unit_code,
        'opened' as item_code,
        1 as numerator,
        null as denominator,
        'fct_integrity_findings' as fact_name,
        finding_id || '|opened' as fact_id,
        _batch_id,
        _sheet,
        _row_number
    from findings
),

m22_4_closed as (
    select
        'M22-4' as indicator_id,
        closed_on as counted_on,
        area_code,
        'none' as industry_code,
        'none' as unit_code,
        'closed' as item_code,
        1 as numerator,
        null as denominator,
        'fct_integrity_findings' as fact_name,
        finding_id || '|closed' as fact_id,
        _batch_id,
        _sheet,
        _row_number
    from findings
    where is_closed
),

m22_4_at_risk as (
    select
        'M22-4' as indicator_id,
        found_on as counted_on,
        area_code,
        'none' as industry_code,
        'none' as unit_code,
        'at_risk' as item_code,
        at_risk_cny as numerator,
        null as denominator,
        'fct_integrity_findings' as fact_name,
        finding_id || '|at_risk' as fact_id,
        _batch_id,
        _sheet,
        _row_number
    from findings
),

m22_4_recovered as (
    select
        'M22-4' as indicator_id,
        closed_on as counted_on,
        area_code,
        'none' as industry_code,
        'none' as unit_code,
        'recovered' as item_code,
        recovered_cny as numerator,
        null as denominator,
        'fct_integrity_findings' as fact_name,
        finding_id || '|recovered' as fact_id,
        _batch_id,
        _sheet,
        _row_number
    from findings
    where is_closed
),

evidence as (
    select * from m22_1
    union all
    select * from m22_2
    union all
    select * from m22_3_projects
    union all
    select * from m22_3_amount
    union all
    select * from m22_4_opened
    union all
    select * from m22_4_closed
    union all
    select * from m22_4_at_risk
    union all
    select * from m22_4_recovered
)

{{ evidence_rows() }}
