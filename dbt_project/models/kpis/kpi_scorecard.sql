with expected as (
    select * from {{ ref('int_plan__paced') }}
),

kpi_values as (
    select * from {{ ref('kpi_values') }}
),

unconfirmed as (
    select * from {{ ref('int_kpis__unconfirmed') }}
),

statuses as (
    select * from {{ ref('statuses') }}
),

thresholds as (
    select * from {{ ref('int_plan__thresholds') }}
),

indicators as (
    select * from {{ ref('dim_indicators') }}
),

run as (
    select * from {{ ref('stg_landing__run') }}
),

labels as (
    select * from {{ ref('int_plan__labels') }}
),

valued as (
    select
        expected.*,
        kpi_values.numerator,
        kpi_values.denominator,
        kpi_values.indicator_value,
        unconfirmed.indicator_id is not null as is_to_be_reviewed
    from expected
    left join kpi_values
        on
            expected.indicator_id = kpi_values.indicator_id
            and expected.period_code = kpi_values.period_code
            and expected.area_code = kpi_values.area_code
            and expected.industry_code = kpi_values.industry_code
            and expected.unit_code = kpi_values.unit_code
            and expected.item_code = kpi_values.item_code
    left join unconfirmed
        on
            expected.indicator_id = unconfirmed.indicator_id
            and expected.period_code = unconfirmed.period_code
            and expected.area_code = unconfirmed.area_code
),

-- The one place that judges. A limit holds only when its period is over.
judged as (
    select
        valued.*,
        case
            when not valued.has_begun then 'not_due'
            when not valued.has_applicable_unit then 'no_applicable_unit'
            when valued.indicator_value is null and valued.denominator = 0
                then 'no_applicable_unit'
            when valued.indicator_value is null then 'not_reported'
            when valued.is_to_be_reviewed then 'needs_review'
            when valued.target_value is null then 'monitored'
            when valued.indicator_value > valued.limit_value
                then case when valued.is_over then 'not_met' else 'off_track' end
            when valued.direction = '<='
                then case when valued.is_over then 'met' else 'on_track' end
            when valued.direction = 'between' and valued.indicator_value >= valued.target_value
                then case when valued.is_over then 'met' else 'on_track' end
            when valued.direction = '>' and valued.indicator_value > valued.target_value
                then 'met'
            when valued.direction = '>=' and valued.indicator_value >= valued.target_value
                then 'met'
            when valued.is_over then 'not_met'
            when valued.direction = '>' and valued.indicator_value = valued.target_value
                then 'off_track'
            when valued.indicator_value >= valued.due_value then 'on_track'
            when valued.indicator_value >= thresholds.behind_share * valued.due_value
                then 'behind'
            else 'off_track'
        end as status_code
    from valued
    cross join thresholds
),

-- A stock that is reported has its certified lower bound beside it.
referenced as (
    select
        judged.*,
        reference_values.indicator_value as reference_value
    from judged
    inner join indicators on judged.indicator_id = indicators.indicator_id
    left join kpi_values as reference_values
        on
            indicators.reference_indicator_id = reference_values.indicator_id
            and judged.period_code = reference_values.period_code
            and judged.area_code = reference_values.area_code
            and judged.industry_code = reference_values.industry_code
            and judged.unit_code = reference_values.unit_code
            and judged.item_code = reference_values.item_code
),

labelled as (
    select
        referenced.indicator_id,
        referenced.measure_no,
        indicators.name_zh as indicator_name_zh,
        indicators.name_en as indicator_name_en,
        indicators.unit_name_zh,
        indicators.unit_name_en,
        referenced.plan_id,
        referenced.period_code,
        referenced.period_kind,
        referenced.starts_on,
        referenced.ends_on,
        referenced.scope_kind,
        referenced.is_binding,
        referenced.area_code,
        area_labels.name_zh as area_name_zh,
        area_labels.name_en as area_name_en,
        referenced.industry_code,
        industry_labels.name_zh as industry_name_zh,
        industry_labels.name_en as industry_name_en,
        referenced.unit_code,
        unit_labels.name_zh as responsible_name_zh,
        unit_labels.name_en as responsible_name_en,
        referenced.item_code,
        item_labels.name_zh as item_name_zh,
        item_labels.name_en as item_name_en,
        referenced.numerator,
        referenced.denominator,
        referenced.indicator_value,
        referenced.reference_value,
        referenced.direction,
        referenced.target_value,
        referenced.limit_value,
        referenced.due_value,
        referenced.elapsed_share,
        referenced.status_code,
        statuses.name_zh as status_name_zh,
        statuses.name_en as status_name_en,
        run.is_sample,
        run.as_of_on,
        run.as_known_on,
        referenced.indicator_value - referenced.target_value as gap_value,
        referenced.indicator_value - referenced.due_value as pace_gap_value
    from referenced
    cross join run
    inner join indicators on referenced.indicator_id = indicators.indicator_id
    inner join statuses on referenced.status_code = statuses.status_code
    left join labels as area_labels
        on area_labels.dimension = 'area' and referenced.area_code = area_labels.code
    left join labels as industry_labels
        on
            industry_labels.dimension = 'industry'
            and referenced.industry_code = industry_labels.code
    left join labels as unit_labels
        on unit_labels.dimension = 'unit' and referenced.unit_code = unit_labels.code
    left join labels as item_labels
        on item_labels.dimension = 'item' and referenced.item_code = item_labels.code
)

select * from labelled
