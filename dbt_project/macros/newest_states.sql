{#- Of every record the state that was told last, over rows that hold all states.

    Nearly all records are told of once. Which are told of again is asked of hashes, and only those
    are put in order: a window over everything takes twice the time and three times the memory.
    Records whose hashes are equal by chance are put in order for nothing.

    A model of a large feed goes on from the table that stands: it reads only what may have changed
    since. `owner` is what the model has one row or group of rows for; its rows are made anew
    together, and `forget_retold`, as the model's pre-hook, has removed them before. What is whole
    stays the whole: on a fresh database, and on engines without such tables, all rows are read. -#}
{% macro newest_states(rows, record, newest_first, owner=none) -%}
    {#- Outside of the branch, so that dbt sees on which models it depends. -#}
    {%- set owners = retold_owners(rows, record, owner) if owner else '' -%}
    {%- if owner and is_incremental() -%}
    {%- set again = record ~ ' in (select ' ~ record ~ ' from ' ~ rows
        ~ ' where ' ~ owner ~ ' in (' ~ owners ~ '))' -%}
    select told.*
    from ({{ last_told(rows, record, newest_first, again) }}) as told
    where told.{{ owner }} in ({{ owners }})
    {%- else -%}
    {%- set again = 'hash(' ~ record ~ ') in (select told_again.record_hash from told_again)' -%}
    with told_again as (
        select hash({{ record }}) as record_hash
        from {{ rows }}
        group by hash({{ record }})
        having count(*) > 1
    )
    select
        told.*,
        1 as recency_no
    from {{ rows }} as told
    where not {{ again }}
    union all
    {{ last_told(rows, record, newest_first, again) }}
    {%- endif -%}
{%- endmacro %}

{#- The newest state of each record among these rows. -#}
{% macro last_told(rows, record, newest_first, among) -%}
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
        where {{ among }}
    ) as ranked
    where ranked.recency_no = 1
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
