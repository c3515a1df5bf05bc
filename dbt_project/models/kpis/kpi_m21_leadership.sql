with reports as (
    select * from {{ ref('fct_special_reports') }}
),

-- 建立定期专题汇报制度
m21_1 as (
    select
        'M21-1' as indicator_id,
        due_on as counted_on,
        {{ city_code() }} as area_code,
        'none' as industry_code,
        department_code as unit_code,
        'all' as item_code,
        1 as denominator,
        'fct_special_reports' as fact_name,
        _batch_id,
        _sheet,
        _row_number,
        case when filed_on <= due_on then 1 else 0 end as numerator,
        department_code || '|' || special_report_id || '|'
        || cast(period_starts_on as string) as fact_id
    from reports
),

evidence as (
    select * from m21_1
)

{{ evidence_rows() }}
