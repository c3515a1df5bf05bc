{#- Rows of a table as the run before left it, and no rows where it does not stand. Columns are
    given with their types, as {name: type}. -#}
{% macro standing_rows(relation, columns) -%}
    {%- if relation -%}
    select {{ columns | join(', ') }} from {{ relation }}
    {%- else -%}
    select
    {%- for name, type in columns.items() %}
        cast(null as {{ type }}) as {{ name }}{{ ',' if not loop.last }}
    {%- endfor %}
    where false
    {%- endif -%}
{%- endmacro %}
