{#- Asia/Shanghai has been UTC+8 without summer time since 1991, before any date in here. -#}
{% macro utc_from_shanghai(expression) -%}
    cast({{ expression }} as timestamp) - interval '8' hour
{%- endmacro %}

{% macro shanghai_from_utc(expression) -%}
    cast({{ expression }} as timestamp) + interval '8' hour
{%- endmacro %}
