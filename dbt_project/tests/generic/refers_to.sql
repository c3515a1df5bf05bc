{#- Every filled code is known to the model that it refers to: the model's foreign keys in one
    query. `references` is a list of {column, to, field}; what comes back is the column's name
    and a count. -#}
{% test refers_to(model, references) %}
{%- for reference in references %}
select '{{ reference.column }}' as rule_name, count(*) as broken_count
from {{ model }} as child
left join {{ reference.to }} as parent on child.{{ reference.column }} = parent.{{ reference.field }}
where child.{{ reference.column }} is not null and parent.{{ reference.field }} is null
having count(*) > 0
{{ 'union all' if not loop.last }}
{%- endfor %}
{% endtest %}
