with scorecard as (
    select * from {{ ref('kpi_scorecard') }}
    where is_binding
),

statuses as (
    select * from {{ ref('statuses') }}
),

measures as (
    select * from {{ ref('dim_measures') }}
),

plans as (
    select * from {{ ref('plans') }}
),

parts_of_the_city as (
    select * from {{ ref('dim_areas') }}
    where area_kind <> 'city'
),

responsible_units as (
    select * from {{ ref('dim_responsible_units') }}
    where unit_kind_code = 'department'
),

-- Of the periods of one target the last that has begun speaks; one that is still running and of
-- which nobody has told leaves the word to the one before.
ranked as (
    select
        scorecard.*,
        row_number() over (
            partition by
                scorecard.plan_id,
                scorecard.indicator_id,
                scorecard.period_kind,
                scorecard.scope_kind,
                scorecard.area_code,
                scorecard.industry_code,
                scorecard.unit_code,
                scorecard.item_code
            order by
                case
                    when scorecard.starts_on > scorecard.as_of_on then 2
                    when
                        scorecard.status_code = 'not_reported'
                        and scorecard.ends_on > scorecard.as_of_on
                        then 1
                    else 0
                end,
                case
                    when scorecard.starts_on > scorecard.as_of_on then 0
                    else {{ dbt.datediff("date '2000-01-01'", 'scorecard.starts_on', 'day') }}
                end desc,
                scorecard.starts_on
        ) as recency_no
    from scorecard
),

spoken as (
    select
        ranked.plan_id,
        ranked.indicator_id,
        ranked.indicator_name_zh,
        ranked.indicator_name_en,
        ranked.measure_no,
        ranked.area_code,
        ranked.unit_code,
        ranked.responsible_name_zh,
        ranked.responsible_name_en,
        ranked.status_code,
        ranked.is_sample,
        ranked.as_of_on,
        statuses.precedence
    from ranked
    inner join statuses on ranked.status_code = statuses.status_code
    where ranked.recency_no = 1
),

grouped as (
    select
        spoken.*,
        'plan' as rollup_kind,
        spoken.plan_id as rollup_code,
        plans.title_zh as name_zh,
        plans.title_en as name_en
    from spoken
    inner join plans on spoken.plan_id = plans.plan_id
    union all
    select
        spoken.*,
        'measure' as rollup_kind,
        cast(spoken.measure_no as string) as rollup_code,
        measures.name_zh,
        measures.name_en
    from spoken
    inner join measures on spoken.measure_no = measures.measure_no
    union all
    select
        spoken.*,
        'indicator' as rollup_kind,
        spoken.indicator_id as rollup_code,
        spoken.indicator_name_zh as name_zh,
        spoken.indicator_name_en as name_en
    from spoken
    union all
    select
        spoken.*,
        'area' as rollup_kind,
        spoken.area_code as rollup_code,
        parts_of_the_city.name_zh,
        parts_of_the_city.name_en
    from spoken
    inner join parts_of_the_city on spoken.area_code = parts_of_the_city.area_code
    union all
    select
        spoken.*,
        'unit' as rollup_kind,
        spoken.unit_code as rollup_code,
        spoken.responsible_name_zh as name_zh,
        spoken.responsible_name_en as name_en
    from spoken
    where spoken.responsible_name_zh is not null
    union all
    select
        spoken.*,
        'responsible_department' as rollup_kind,
        responsible_units.unit_code as rollup_code,
        responsible_units.name_zh,
        responsible_units.name_en
    from spoken
    inner join responsible_units
        on
            spoken.plan_id = responsible_units.plan_id
            and spoken.measure_no = responsible_units.measure_no
),

counted as (
    select
        plan_id,
        rollup_kind,
        rollup_code,
        max(name_zh) as name_zh,
        max(name_en) as name_en,
        min(precedence) as precedence,
        count(*) as part_count,
        sum(case when status_code = 'met' then 1 else 0 end) as met_count,
        sum(case when status_code = 'on_track' then 1 else 0 end) as on_track_count,
        sum(case when status_code = 'behind' then 1 else 0 end) as behind_count,
        sum(case when status_code = 'off_track' then 1 else 0 end) as off_track_count,
        sum(case when status_code = 'not_met' then 1 else 0 end) as not_met_count,
        sum(case when status_code = 'needs_review' then 1 else 0 end) as needs_review_count,
        sum(case when status_code = 'not_reported' then 1 else 0 end) as not_reported_count,
        sum(case when status_code = 'monitored' then 1 else 0 end) as monitored_count,
        sum(case when status_code = 'not_due' then 1 else 0 end) as not_due_count,
        sum(
            case when status_code = 'no_applicable_unit' then 1 else 0 end
        ) as no_applicable_unit_count,
        max(is_sample) as is_sample,
        max(as_of_on) as as_of_on
    from grouped
    group by plan_id, rollup_kind, rollup_code
),

judged as (
    select
        counted.plan_id,
        counted.rollup_kind,
        counted.rollup_code,
        counted.name_zh,
        counted.name_en,
        statuses.status_code,
        statuses.name_zh as status_name_zh,
        statuses.name_en as status_name_en,
        counted.is_sample,
        counted.as_of_on,
        cast(counted.part_count as bigint) as part_count,
        cast(counted.met_count as bigint) as met_count,
        cast(counted.on_track_count as bigint) as on_track_count,
        cast(counted.behind_count as bigint) as behind_count,
        cast(counted.off_track_count as bigint) as off_track_count,
        cast(counted.not_met_count as bigint) as not_met_count,
        cast(counted.needs_review_count as bigint) as needs_review_count,
        cast(counted.not_reported_count as bigint) as not_reported_count,
        cast(counted.monitored_count as bigint) as monitored_count,
        cast(counted.not_due_count as bigint) as not_due_count,
        cast(counted.no_applicable_unit_count as bigint) as no_applicable_unit_count
    from counted
    inner join statuses on counted.precedence = statuses.precedence
)

select * from judged
