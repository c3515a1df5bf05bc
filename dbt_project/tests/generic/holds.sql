{#- What every row of a model keeps to, in one query, since each test costs more than it asks.

    `grain`: the columns of "One row per …" tell the rows apart and are never empty; without
    columns the model holds exactly one row. Of a model that `is_kept` from run to run, only rows
    of batches that are new to it are looked at: the others were, when they were new. Such a model
    is large, so that rows are told apart by their hashes, and by the columns themselves where
    hashes are equal.

    `always`: {name: condition}, true in every row; an unknown answer counts as broken. Conditions
    may also name columns of `beside`, a model of one row.

    `refers_to`: [{column, to, field}], the model's foreign keys. Every filled code is known to the
    model that it refers to.

    What comes back is the rule's name and a count, never a row. -#}
{% test holds(model, grain, is_kept=false, always={}, beside=none, refers_to=[]) %}
{%- if always %}
with asked as (
    select
    {%- for name, condition in always.items() %}
        sum(case when {{ condition }} then 0 else 1 end) as {{ name }}{{ ',' if not loop.last }}
    {%- endfor %}
    from {{ model }}
    {%- if beside %}
    cross join {{ beside }} as beside
    {%- endif %}
)
{% endif %}
{%- if grain %}
{{ rows_not_told_apart(model, grain, is_kept) }}
{%- else %}
select 'grain' as rule_name, count(*) as broken_count
from {{ model }}
having count(*) <> 1
{%- endif %}
{%- for name in always %}
union all
select '{{ name }}' as rule_name, {{ name }} as broken_count from asked where {{ name }} > 0
{%- endfor %}
{%- for reference in refers_to %}
union all
select '{{ reference.column }}' as rule_name, count(*) as broken_count
from {{ model }} as child
left join {{ reference.to }} as parent on child.{{ reference.column }} = parent.{{ reference.field }}
where child.{{ reference.column }} is not null and parent.{{ reference.field }} is null
having count(*) > 0
{%- endfor %}
{% endtest %}
