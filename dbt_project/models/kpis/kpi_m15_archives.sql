with files as (
    select * from {{ ref('fct_class_files') }}
),

payments as (
    select * from {{ ref('fct_subsidy_payments') }}
),

classes as (
    select * from {{ ref('fct_classes') }}
),

run as (
    select * from {{ ref('stg_landing__run') }}
),

thresholds as (
    select * from {{ ref('int_plan__thresholds') }}
),

paid as (
    select
        payments.*,
        classes.class_id is not null as is_class_known
    from payments
    inner join run on payments.paid_on <= run.as_of_on
    left join classes on payments.class_id = classes.class_id
    where payments.payment_status_code = 'paid'
),

monthly as (
    select
        paid.area_code,
        paid.industry_code,
        {{ part_of_month('paid.paid_on', 'thresholds.month_first_day') }} as counted_on,
        coalesce(paid.fund_source_code, 'none') as fund_source_code,
        sum(paid.amount_cny) as paid_cny,
        sum(
            case
                when paid.person_key is not null and paid.is_class_known then paid.amount_cny
                else 0
            end
        ) as traced_cny
    from paid
    cross join thresholds
    group by all
),

-- 确保培训资金使用全程可追溯: to a class and a person.
m15_2 as (
    select
        'M15-2' as indicator_id,
        counted_on,
        area_code,
        industry_code,
        fund_source_code as unit_code,
        'all' as item_code,
        traced_cny as numerator,
        paid_cny as denominator,
        'fct_subsidy_payments' as fact_name,
        fund_source_code as fact_id,
        cast(null as string) as _batch_id,
        cast(null as string) as _sheet,
        cast(null as bigint) as _row_number
    from monthly
),

-- 将培训活动中形成的具有保存价值的各种文字、图表、声像等不同形式的历史记录留档备查
m15_1 as (
    select
        'M15-1' as indicator_id,
        ended_on as counted_on,
        area_code,
        'none' as industry_code,
        'none' as unit_code,
        'all' as item_code,
        case when documents_filed_count >= documents_due_count then 1 else 0 end as numerator,
        1 as denominator,
        'fct_class_files' as fact_name,
        class_id as fact_id,
        _batch_id,
        _sheet,
        _row_number
    from files
),

evidence as (
    select * from m15_2
    union all
    select * from m15_1
)

{{ evidence_rows() }}
