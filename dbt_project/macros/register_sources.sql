{#- The landing zone as tables, where the engine that dbt talks to reads files by itself. DuckDB's
    work file has its sources before dbt opens it (see ingestion/export.py), so that there is
    nothing to do. Spark's come from the record that ingestion.export writes: its own tables as
    they are, and for each feed the files that its batches name. A folder's other files are
    listed and never opened: rejected rows, and what the manifest does not know. -#}
{% macro register_sources() -%}
    {{ adapter.dispatch('register_sources')() }}
{%- endmacro %}

{% macro default__register_sources() -%}
{%- endmacro %}

{% macro spark__register_sources() -%}
    {%- if execute -%}
        {%- set record = env_var('SKILLS_RECORD') -%}
        {%- set landing = env_var('SKILLS_LANDING') -%}
        {%- do run_query('create schema if not exists landing') -%}
        {%- do run_query('create schema if not exists landed_files') -%}
        {%- for table in ('batches', 'deliveries', 'feeds', 'rejections', 'run') -%}
            {%- do run_query('drop table if exists landing.' ~ table) -%}
            {%- do run_query(
                "create table landing." ~ table ~ " using parquet location '"
                ~ record ~ "/" ~ table ~ "'"
            ) -%}
        {%- endfor -%}
        {%- set batches = run_query('select feed, file_name from landing.batches') -%}
        {%- set feeds = graph.sources.values() | rejectattr('source_name', 'equalto', 'landing') | list -%}
        {%- for schema in feeds | map(attribute='schema') | unique -%}
            {%- do run_query('create schema if not exists ' ~ schema) -%}
        {%- endfor -%}
        {%- for source in feeds -%}
            {%- do register_feed(source, batches, landing) -%}
        {%- endfor -%}
    {%- endif -%}
{%- endmacro %}

{% macro register_feed(source, batches, landing) -%}
    {%- set feed = source.source_name ~ '/' ~ source.name -%}
    {%- set files = source.source_name ~ '__' ~ source.name -%}
    {%- set columns = [] -%}
    {%- for column in source.columns.values() -%}
        {%- do columns.append('`' ~ column.name ~ '` ' ~ (column.data_type or 'string')) -%}
    {%- endfor -%}
    {%- set named = [] -%}
    {%- for batch in batches if batch[0] == feed -%}
        {%- do named.append("'" ~ batch[1] ~ "'") -%}
    {%- endfor -%}
    {%- do run_query('drop table if exists landed_files.' ~ files) -%}
    {%- do run_query(
        'create table landed_files.' ~ files ~ ' (' ~ columns | join(', ')
        ~ ") using parquet location '" ~ landing ~ '/' ~ feed ~ "'"
    ) -%}
    {%- do run_query(
        'create or replace view ' ~ source.schema ~ '.' ~ source.name
        ~ ' as select * from landed_files.' ~ files ~ ' where '
        ~ ('_metadata.file_name in (' ~ named | join(', ') ~ ')' if named else 'false')
    ) -%}
{%- endmacro %}
