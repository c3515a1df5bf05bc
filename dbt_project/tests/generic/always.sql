{#- Every condition holds in every row; an unknown answer counts as broken. One scan for all of
    them, and what comes back is the condition's name and a count, never a row. Conditions may
    also name columns of `beside`, a model of one row. -#}
{% test always(model, conditions, beside=none) %}
with counted as (
    select
    {%- for name, condition in conditions.items() %}
        sum(case when {{ condition }} then 0 else 1 end) as {{ name }}{{ ',' if not loop.last }}
    {%- endfor %}
    from {{ model }}
    {%- if beside %}
    cross join {{ beside }} as beside
    {%- endif %}
)
{% for name in conditions %}
select '{{ name }}' as rule_name, {{ name }} as broken_count
from counted
where {{ name }} > 0
{{ 'union all' if not loop.last }}
{%- endfor %}
{% endtest %}
