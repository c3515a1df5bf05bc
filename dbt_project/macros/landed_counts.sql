{#- Rows of every feed by batch, as the sources hold them: one query per feed that is declared,
    so that a new feed is counted without a word in here. -#}
{% macro landed_counts() -%}
    {%- set sources = graph.sources.values() if execute else [] -%}
    {%- set feeds = sources | rejectattr('source_name', 'equalto', 'landing') -%}
    {%- for feed in feeds | sort(attribute='unique_id') %}
    select
        '{{ feed.source_name }}/{{ feed.name }}' as feed_id,
        _batch_id as batch_id,
        count(*) as found_count
    from {{ source(feed.source_name, feed.name) }}
    group by _batch_id
    {{ 'union all' if not loop.last }}
    {%- endfor %}
{%- endmacro %}
