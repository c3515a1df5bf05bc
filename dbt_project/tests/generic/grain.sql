{#- The columns named by "One row per …" tell the rows apart and are never empty. Without
    columns the model holds exactly one row. -#}
{% test grain(model, columns) %}
{%- if columns %}
select
    {{ columns | join(', ') }},
    count(*) as row_count
from {{ model }}
group by {{ columns | join(', ') }}
having count(*) > 1 or {{ columns | join(' is null or ') }} is null
{%- else %}
select count(*) as row_count
from {{ model }}
having count(*) <> 1
{%- endif %}
{% endtest %}
