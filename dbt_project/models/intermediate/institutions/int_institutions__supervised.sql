with events as (
    select * from {{ ref('fct_institution_events') }}
),

years as (
    select
        period_code,
        starts_on,
        seen_until_on
    from {{ ref('int_plan__periods') }}
    where period_kind = 'year' and has_begun
),

-- In contract at some time of the year: contracted by its end, and not gone before it began.
supervised as (
    select
        events.institution_uscc,
        events.area_code,
        years.period_code,
        years.starts_on,
        years.seen_until_on,
        max(
            case
                when events.event_kind_code = 'evaluated' and events.happened_on >= years.starts_on
                    then 1
                else 0
            end
        ) = 1 as is_evaluated,
        max(
            case
                when events.event_kind_code = 'reviewed' and events.happened_on >= years.starts_on
                    then 1
                else 0
            end
        ) = 1 as is_reviewed,
        max(
            case
                when events.event_kind_code = 'visited' and events.happened_on >= years.starts_on
                    then 1
                else 0
            end
        ) = 1 as is_visited,
        max(
            case
                when events.event_kind_code = 'assessed' and events.happened_on >= years.starts_on
                    then 1
                else 0
            end
        ) = 1 as is_assessed
    from events
    inner join years on events.happened_on <= years.seen_until_on
    group by
        events.institution_uscc,
        events.area_code,
        years.period_code,
        years.starts_on,
        years.seen_until_on
    having
        max(case when events.event_kind_code = 'contracted' then 1 else 0 end) = 1
        and max(
            case
                when events.event_kind_code = 'exited' and events.happened_on < years.starts_on
                    then 1
                else 0
            end
        ) = 0
)

select * from supervised
