{#- The value below which a share of all values lies, between two of them where need be. -#}
{% macro percentile(expression, share) -%}
    {{ adapter.dispatch('percentile')(expression, share) }}
{%- endmacro %}

{% macro default__percentile(expression, share) -%}
    quantile_cont({{ expression }}, {{ share }})
{%- endmacro %}

{% macro spark__percentile(expression, share) -%}
    percentile({{ expression }}, {{ share }})
{%- endmacro %}
