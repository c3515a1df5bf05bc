{#- The code of the period from the first to the last year of the plan that asks for an indicator
    first, such as 2023-2025. -#}
{% macro whole_period(indicator_id) -%}
    (
        select
            cast(extract(year from plans.starts_on) as string)
            || '-' || cast(extract(year from plans.ends_on) as string)
        from {{ ref('plans') }} as plans
        inner join {{ ref('indicators') }} as indicators on plans.plan_id = indicators.plan_id
        where indicators.indicator_id = '{{ indicator_id }}'
    )
{%- endmacro %}
