{#- How many rows of a model have an empty key or one that other rows have too: no row where all is
    well. For the test `holds`, which says what `is_kept` means. -#}
{% macro rows_not_told_apart(model, grain, is_kept) %}
{%- set key = grain | join(', ') %}
{%- set is_empty = grain | join(' is null or ') ~ ' is null' %}
{%- set new_rows -%}
    {{ model }}
    {%- if is_kept %} where _batch_id in (
        select batch_id from {{ ref('stg_landing__batches') }} where not is_built
    )
    {%- endif -%}
{%- endset %}
select 'grain' as rule_name, sum(broken_count) as broken_count
from (
    select count(*) as broken_count
    from {{ new_rows }}
    {%- if is_kept %}
        and (
            {{ is_empty }}
            or hash({{ key }}) in (
                select hash({{ key }}) from {{ new_rows }}
                group by hash({{ key }})
                having count(*) > 1
            )
        )
    {%- endif %}
    group by {{ key }}
    having count(*) > 1 or {{ is_empty }}
) as alike
having count(*) > 0
{% endmacro %}
