{#- Of every record the state that was told last, over rows that hold all states.

    A model of a large feed goes on from the table that stands: it reads only what may have changed
    since. `owner` is what the model has one row or group of rows for; its rows are made anew
    together, and `forget_retold`, as the model's pre-hook, has removed them before. What is whole
    stays the whole: on a fresh database, and on engines without such tables, all rows are read. -#}
{% macro newest_states(rows, record, owner, newest_first) -%}
    {%- set owners = retold_owners(rows, record, owner) %}
    select ranked.*
    from (
        select
            told.*,
            row_number() over (
                partition by told.{{ record }}
                order by
                {%- for column in newest_first %} told.{{ column }} desc{{ ',' if not loop.last }}
                {%- endfor %}
            ) as recency_no
        from {{ rows }} as told
        {%- if is_incremental() %}
        where told.{{ record }} in (select {{ record }} from {{ rows }} where {{ owner }} in ({{ owners }}))
        {%- endif %}
    ) as ranked
    where ranked.recency_no = 1
    {%- if is_incremental() %} and ranked.{{ owner }} in ({{ owners }}){% endif %}
{%- endmacro %}

{#- Owners of records that a batch has told of which the table does not know yet, whoever owned
    them in any of their states. -#}
{% macro retold_owners(rows, record, owner) -%}
    select {{ owner }} from {{ rows }} where {{ record }} in (
        select {{ record }} from {{ rows }}
        where _batch_id in (select batch_id from {{ ref('stg_landing__batches') }} where not is_built)
    )
{%- endmacro %}

{% macro forget_retold(rows, record, owner) -%}
    {%- if is_incremental() -%}
    delete from {{ this }} where {{ owner }} in ({{ retold_owners(rows, record, owner) }})
    {%- endif -%}
{%- endmacro %}

{#- How a model of a large feed is kept. -#}
{% macro large_fact() -%}
    {{ return(adapter.dispatch('large_fact')()) }}
{%- endmacro %}

{% macro default__large_fact() -%}
    {{ return('table') }}
{%- endmacro %}

{% macro duckdb__large_fact() -%}
    {{ return('incremental') }}
{%- endmacro %}
