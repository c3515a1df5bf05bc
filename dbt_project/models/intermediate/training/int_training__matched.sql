{{ config(materialized='table') }}

with screened as (
    select * from {{ ref('int_training__screened') }}
),

priorities as (
    select * from {{ ref('reporter_priorities') }}
),

-- Where one reporter alone tells of a person's trainings in a family of occupations, nothing can
-- meet; that is most of them. The bureau is two reporters: its platform, and what it lists itself.
told_by_several as (
    select
        person_key,
        occupation_family
    from screened
    where removal_rule_code is null and person_key is not null
    group by person_key, occupation_family
    having
        min(reporter_code) <> max(reporter_code)
        or min(reporter_kind) <> max(reporter_kind)
),

eligible as (
    select
        screened.report_id,
        screened.person_key,
        screened.occupation_family,
        screened.reporter_kind,
        screened.reporter_code,
        priorities.priority,
        screened.started_on,
        screened.ended_on,
        screened.completion_code,
        screened.attended_share
    from screened
    inner join told_by_several
        on
            screened.person_key = told_by_several.person_key
            and screened.occupation_family = told_by_several.occupation_family
    left join priorities on screened.reporter_kind = priorities.reporter_kind
    where screened.removal_rule_code is null
),

-- One person's reports of one family of occupations, as far as the earlier ones reach.
reaching as (
    select
        *,
        max(ended_on) over (
            partition by person_key, occupation_family
            order by started_on, ended_on, report_id
            rows between unbounded preceding and 1 preceding
        ) as reached_on
    from eligible
),

-- Reports that overlap, first and last days included, form an island.
islands as (
    select
        *,
        sum(case when started_on <= reached_on then 0 else 1 end) over (
            partition by person_key, occupation_family
            order by started_on, ended_on, report_id
            rows between unbounded preceding and current row
        ) as island_no
    from reaching
),

-- Within an island the first report of one reporter meets the first of the other, and so on:
-- two trainings that one reporter keeps apart are never merged.
numbered as (
    select
        *,
        row_number() over (
            partition by
                person_key, occupation_family, island_no, reporter_kind, reporter_code
            order by started_on, ended_on, report_id
        ) as ordinal_no
    from islands
),

matched as (
    select
        report_id,
        first_value(report_id) over (
            partition by person_key, occupation_family, island_no, ordinal_no
            order by priority, reporter_code, report_id
        ) as training_id,
        count(*) over (
            partition by person_key, occupation_family, island_no, ordinal_no
        ) as report_count,
        max(case when completion_code = 'completed' then 1 else 0 end) over (
            partition by person_key, occupation_family, island_no, ordinal_no
        ) as completed_flag,
        max(attended_share) over (
            partition by person_key, occupation_family, island_no, ordinal_no
        ) as attended_share
    from numbered
)

select * from matched
