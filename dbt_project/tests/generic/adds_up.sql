{#- Parts make up the whole, to the unit. `sums` is {name: {whole, parts}}, both conditions on
    rows of the model whose `value` is added up. In conditions `:city` is the code of the city, and
    `:whole_period` the period of the plan that the headline is about. What comes back is the
    sum's name and by how much its sides differ. -#}
{% test adds_up(model, value, sums) %}
{%- set city = city_code() %}
{%- set period = whole_period('H-01') %}
with added as (
    select
    {%- for name, sides in sums.items() %}
        {%- for side, condition in sides.items() %}
        coalesce(
            sum(
                case
                    when {{ condition | replace(':city', city) | replace(':whole_period', period) }}
                        then {{ value }}
                end
            ),
            0
        ) as {{ name }}_{{ side }}{{ ',' if not loop.last }}
        {%- endfor %}{{ ',' if not loop.last }}
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
