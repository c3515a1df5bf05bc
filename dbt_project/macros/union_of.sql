{#- Every row of these models that names a person: the key, and what the number tells of it. -#}
{% macro mentions_of_persons(models) -%}
    {%- for model in models %}
    select
        person_key,
        person_key_version,
        person_birth_year,
        person_sex_code
    from {{ ref(model) }}
    {{ 'union all' if not loop.last }}
    {%- endfor %}
{%- endmacro %}
