with classes as (
    select * from {{ ref('fct_classes') }}
    where is_subsidised and class_status_code = 'finished'
),

run as (
    select * from {{ ref('stg_landing__run') }}
),

certified as (
    select certificates.class_id
    from {{ ref('fct_certificates') }} as certificates
    inner join run on certificates.issued_on <= run.as_of_on
    where certificates.class_id is not null
    group by certificates.class_id
),

paid as (
    select payments.class_id
    from {{ ref('fct_subsidy_payments') }} as payments
    inner join run on payments.paid_on <= run.as_of_on
    where payments.payment_status_code = 'paid' and payments.class_id is not null
    group by payments.class_id
),

recorded as (
    select
        classes.*,
        run.as_of_on,
        certified.class_id is not null as has_assessment,
        paid.class_id is not null as has_payment
    from classes
    cross join run
    left join certified on classes.class_id = certified.class_id
    left join paid on classes.class_id = paid.class_id
),

supervised as (
    select * from {{ ref('int_institutions__supervised') }}
),

events as (
    select * from {{ ref('fct_institution_events') }}
),

county_events as (
    select * from {{ ref('fct_county_events') }}
),

parameters as (
    select * from {{ ref('int_plan__thresholds') }}
),

years as (
    select
        starts_on,
        seen_until_on
    from {{ ref('int_plan__periods') }}
    where period_kind = 'year' and has_begun
),

entries as (
    select
        replaced_event_id,
        min(happened_on) as entered_on
    from events
    where event_kind_code = 'entered' and replaced_event_id is not null
    group by replaced_event_id
),

exits as (
    select
        events.*,
        entries.entered_on,
        cast(
            {{ dbt.dateadd('day', 'parameters.replacement_days', 'events.happened_on') }} as date
        ) as replacement_due_on
    from events
    cross join parameters
    left join entries on events.institution_event_id = entries.replaced_event_id
    where events.event_kind_code = 'exited'
),

first_exits as (
    select
        institution_uscc,
        min(happened_on) as exited_on
    from exits
    group by institution_uscc
),

failures as (
    select
        events.*,
        first_exits.exited_on,
        cast(
            {{ dbt.dateadd('day', 'parameters.removal_days', 'events.happened_on') }} as date
        ) as removal_due_on
    from events
    cross join parameters
    left join first_exits
        on
            events.institution_uscc = first_exits.institution_uscc
            and events.happened_on <= first_exits.exited_on
    where events.event_kind_code = 'assessed' and events.event_result_code = 'failed'
),

-- 在合约期内，每年定期开展培训成效考核评估
m13_1 as (
    select
        'M13-1' as indicator_id,
        seen_until_on as counted_on,
        area_code,
        'none' as industry_code,
        institution_uscc as unit_code,
        'all' as item_code,
        case when is_assessed then 1 else 0 end as numerator,
        1 as denominator,
        'fct_institution_events' as fact_name,
        institution_uscc || '|' || cast(starts_on as string) as fact_id,
        cast(null as string) as _batch_id,
        cast(null as string) as _sheet,
        cast(null as bigint) as _row_number
    from supervised
),

-- 实施“退一补一”: what is not yet due is not yet counted.
m13_2 as (
    select
        'M13-2' as indicator_id,
        exits.happened_on as counted_on,
        exits.area_code,
        'none' as industry_code,
        exits.institution_uscc as unit_code,
        'all' as item_code,
        case when exits.entered_on <= exits.replacement_due_on then 1 else 0 end as numerator,
        1 as denominator,
        'fct_institution_events' as fact_name,
        exits.institution_event_id as fact_id,
        exits._batch_id,
        exits._sheet,
        exits._row_number
    from exits
    cross join run
    where
        exits.entered_on <= exits.replacement_due_on
        or exits.replacement_due_on <= run.as_of_on
),

-- 对合约期内 … 培训质量较差的培训机构予以依法清退
m13_3 as (
    select
        'M13-3' as indicator_id,
        failures.happened_on as counted_on,
        failures.area_code,
        'none' as industry_code,
        failures.institution_uscc as unit_code,
        'all' as item_code,
        case when failures.exited_on <= failures.removal_due_on then 1 else 0 end as numerator,
        1 as denominator,
        'fct_institution_events' as fact_name,
        failures.institution_event_id as fact_id,
        failures._batch_id,
        failures._sheet,
        failures._row_number
    from failures
    cross join run
    where
        failures.exited_on <= failures.removal_due_on
        or failures.removal_due_on <= run.as_of_on
),

-- 常态化开展廉政警示教育
m13_4 as (
    select
        'M13-4' as indicator_id,
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
    from county_events
    where event_kind_code = 'integrity'
),

-- 县级建立定点培训机构进入和退出机制: in force from then on.
m13_5 as (
    select
        'M13-5' as indicator_id,
        years.seen_until_on as counted_on,
        county_events.area_code,
        'none' as industry_code,
        'none' as unit_code,
        'all' as item_code,
        1 as numerator,
        null as denominator,
        'fct_county_events' as fact_name,
        county_events.area_code || '|' || county_events.event_id || '|'
        || cast(county_events.period_starts_on as string) as fact_id,
        county_events._batch_id,
        county_events._sheet,
        county_events._row_number
    from county_events
    inner join years on county_events.happened_on <= years.seen_until_on
    where county_events.event_kind_code = 'rules'
),

-- 充分利用信息技术实现培训、评价、资金等全流程监管
m13_6 as (
    select
        'M13-6' as indicator_id,
        ended_on as counted_on,
        area_code,
        industry_code,
        'none' as unit_code,
        'all' as item_code,
        case
            when person_time_count > 0 and has_assessment and has_payment then 1
            else 0
        end as numerator,
        1 as denominator,
        'fct_classes' as fact_name,
        class_id as fact_id,
        _batch_id,
        _sheet,
        _row_number
    from recorded
    where ended_on <= as_of_on
),

evidence as (
    select * from m13_1
    union all
    select * from m13_2
    union all
    select * from m13_3
    union all
    select * from m13_4
    union all
    select * from m13_5
    union all
    select * from m13_6
)

{{ evidence_rows() }}
