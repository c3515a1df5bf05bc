{#- The columns named by "One row per …" tell the rows apart and are never empty. Without
    columns the model holds exactly one row. What comes back is a count, never a key. -#}
{% test grain(model, columns) %}
{%- if columns %}
with alike as (
    select count(*) as broken_count
    from {{ model }}
    group by {{ columns | join(', ') }}
    having count(*) > 1 or {{ columns | join(' is null or ') }} is null
)

select 'grain' as rule_name, sum(broken_count) as broken_count
from alike
having count(*) > 0
{%- else %}
select 'grain' as rule_name, count(*) as broken_count
from {{ model }}
having count(*) <> 1
{%- endif %}
{% endtest %}
