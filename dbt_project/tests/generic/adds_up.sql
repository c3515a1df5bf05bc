{#- Parts make up the whole, to the unit. `sums` is {name: {whole, parts}}, both conditions on
    rows of the model whose `value` is added up. What comes back is the sum's name and by how
    much its sides differ. -#}
{% test adds_up(model, value, sums) %}
with added as (
    select
    {%- for name, sides in sums.items() %}
        coalesce(sum(case when {{ sides.whole }} then {{ value }} end), 0) as {{ name }}_whole,
        coalesce(sum(case when {{ sides.parts }} then {{ value }} end), 0) as {{ name }}_parts
        {{- ',' if not loop.last }}
    {%- endfor %}
    from {{ model }}
)
{% for name in sums %}
select '{{ name }}' as rule_name, abs({{ name }}_whole - {{ name }}_parts) as broken_count
from added
where {{ name }}_whole <> {{ name }}_parts
{{ 'union all' if not loop.last }}
{%- endfor %}
{% endtest %}
