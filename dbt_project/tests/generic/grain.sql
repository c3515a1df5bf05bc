{#- The columns named by "One row per …" tell the rows apart and are never empty. Without
    columns the model holds exactly one row. Of a model that `is_kept` from run to run, only
    rows of batches that are new to it are looked at: the others were, when they were new. Such a
    model is large, so that rows are told apart by their hashes, and by the columns themselves
    where hashes are equal. What comes back is a count, never a key. -#}
{% test grain(model, columns, is_kept=false) %}
{%- if not columns %}
select 'grain' as rule_name, count(*) as broken_count
from {{ model }}
having count(*) <> 1
{%- else %}
{%- set key = columns | join(', ') %}
{%- set is_empty = columns | join(' is null or ') ~ ' is null' %}
with looked_at as (
    select {{ key }}
    from {{ model }}
    {%- if is_kept %}
    where _batch_id in (select batch_id from {{ ref('stg_landing__batches') }} where not is_built)
    {%- endif %}
),

alike as (
    select count(*) as broken_count
    from looked_at
    {%- if is_kept %}
    where
        {{ is_empty }}
        or hash({{ key }}) in (
            select hash({{ key }}) from looked_at group by hash({{ key }}) having count(*) > 1
        )
    {%- endif %}
    group by {{ key }}
    having count(*) > 1 or {{ is_empty }}
)

select 'grain' as rule_name, sum(broken_count) as broken_count
from alike
having count(*) > 0
{%- endif %}
{% endtest %}
