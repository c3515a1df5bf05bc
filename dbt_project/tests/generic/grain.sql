{#- The columns named by "One row per …" tell the rows apart and are never empty. Without
    columns the model holds exactly one row. Of a model that `is_kept` from run to run, only
    rows of batches that are new to it are looked at: the others were, when they were new. What
    comes back is a count, never a key. -#}
{% test grain(model, columns, is_kept=false) %}
{%- if columns %}
with alike as (
    select count(*) as broken_count
    from {{ model }}
    {%- if is_kept %}
    where _batch_id in (select batch_id from {{ ref('stg_landing__batches') }} where not is_built)
    {%- endif %}
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
