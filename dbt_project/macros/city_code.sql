{#- The code of the city that the plan is about, as the seed of areas has it. -#}
{% macro city_code() -%}
    (select city.area_code from {{ ref('areas') }} as city where city.area_type = 'city')
{%- endmacro %}
