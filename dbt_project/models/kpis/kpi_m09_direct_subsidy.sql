with applications as (
    select * from {{ ref('fct_direct_subsidies') }}
),

-- 激励并支持劳动者自学成才: approved applications, and what was granted.
m09_1_applications as (
    select
        'M09-1' as indicator_id,
        approved_on as counted_on,
        area_code,
        'none' as industry_code,
        'none' as unit_code,
        'applications' as item_code,
        1 as numerator,
        null as denominator,
        cast(null as bigint) as person_key,
        'fct_direct_subsidies' as fact_name,
        application_id || '|' || cast(period_starts_on as string) as fact_id,
        _batch_id,
        _sheet,
        _row_number
    from applications
    where is_approved
),

m09_1_amount as (
    select
        'M09-1' as indicator_id,
        approved_on as counted_on,
        area_code,
        'none' as industry_code,
        'none' as unit_code,
        'granted' as item_code,
        amount_cny as numerator,
        null as denominator,
        cast(null as bigint) as person_key,
        'fct_direct_subsidies' as fact_name,
        application_id || '|' || cast(period_starts_on as string) as fact_id,
        _batch_id,
        _sheet,
        _row_number
    from applications
    where is_approved
),

m09_1_persons as (
    select
        'M09-1-persons' as indicator_id,
        approved_on as counted_on,
        area_code,
        'none' as industry_code,
        'none' as unit_code,
        'all' as item_code,
        1 as numerator,
        null as denominator,
        person_key,
        'fct_direct_subsidies' as fact_name,
        application_id || '|' || cast(period_starts_on as string) as fact_id,
        _batch_id,
        _sheet,
        _row_number
    from applications
    where is_approved
),

-- 从申请到拨付的天数: never a mean of means, the days are laid side by side for every scope.
m09_2_median as (
    select
        'M09-2' as indicator_id,
        paid_on as counted_on,
        area_code,
        'none' as industry_code,
        'none' as unit_code,
        'median' as item_code,
        {{ dbt.datediff('applied_on', 'paid_on', 'day') }} as numerator,
        null as denominator,
        cast(null as bigint) as person_key,
        'fct_direct_subsidies' as fact_name,
        application_id || '|' || cast(period_starts_on as string) as fact_id,
        _batch_id,
        _sheet,
        _row_number
    from applications
    where is_paid
),

m09_2_p90 as (
    select
        'M09-2' as indicator_id,
        paid_on as counted_on,
        area_code,
        'none' as industry_code,
        'none' as unit_code,
        'p90' as item_code,
        {{ dbt.datediff('applied_on', 'paid_on', 'day') }} as numerator,
        null as denominator,
        cast(null as bigint) as person_key,
        'fct_direct_subsidies' as fact_name,
        application_id || '|' || cast(period_starts_on as string) as fact_id,
        _batch_id,
        _sheet,
        _row_number
    from applications
    where is_paid
),

evidence as (
    select * from m09_1_applications
    union all
    select * from m09_1_amount
    union all
    select * from m09_1_persons
    union all
    select * from m09_2_median
    union all
    select * from m09_2_p90
)

{{ evidence_rows(is_about_persons=true) }}
