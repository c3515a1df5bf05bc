{#- The first days of the months from one date to another, one row each. Spark takes no
    generator within another expression, so that the dates come out as dates. -#}
{% macro months_between(first_on, last_on) -%}
    {{ adapter.dispatch('months_between')(first_on, last_on) }}
{%- endmacro %}

{% macro default__months_between(first_on, last_on) -%}
    cast(unnest(generate_series({{ first_on }}, {{ last_on }}, interval '1' month)) as date)
{%- endmacro %}

{% macro spark__months_between(first_on, last_on) -%}
    explode(sequence({{ first_on }}, {{ last_on }}, interval '1' month))
{%- endmacro %}
