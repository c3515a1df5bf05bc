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
        {#- Tables over files that are where they are: dropping them touches no file. -#}
        {%- for schema in ('landing', 'landed_files') -%}
            {%- do run_query('drop schema if exists ' ~ schema ~ ' cascade') -%}
            {%- do run_query('create schema ' ~ schema) -%}
        {%- endfor -%}
        {%- for table in ('batches', 'deliveries', 'feeds', 'rejections', 'run') -%}
            {%- do run_query(
                "create table landing." ~ table ~ " using parquet location '"
                ~ record ~ "/" ~ table ~ "'"
            ) -%}
        {%- endfor -%}
        {%- set batches = run_query('select feed, file_name from landing.batches') -%}
        {%- set feeds = graph.sources.values()
            | rejectattr('source_name', 'equalto', 'landing') | list -%}
        {%- for schema in feeds | map(attribute='schema') | unique -%}
            {%- do run_query('create schema if not exists ' ~ schema) -%}
        {%- endfor -%}
        {%- for source in feeds -%}
            {%- do register_feed(source, batches, landing) -%}
        {%- endfor -%}
    {%- endif -%}
{%- endmacro %}

{#- Columns that a landed file lacks are there, and empty. A feed of which nothing has landed has
    no folder, and gets none. -#}
{% macro register_feed(source, batches, landing) -%}
    {%- set feed = source.source_name ~ '/' ~ source.name -%}
    {%- set view = source.schema ~ '.' ~ source.name -%}
    {%- set files = 'landed_files.' ~ source.source_name ~ '__' ~ source.name -%}
    {%- set columns, nothing, named = [], [], [] -%}
    {%- for column in source.columns.values() -%}
        {%- set type = column.data_type or 'string' -%}
        {%- do columns.append('`' ~ column.name ~ '` ' ~ type) -%}
        {%- do nothing.append('cast(null as ' ~ type ~ ') as `' ~ column.name ~ '`') -%}
    {%- endfor -%}
    {%- for batch in batches if batch[0] == feed -%}
        {%- do named.append("'" ~ batch[1] ~ "'") -%}
    {%- endfor -%}
    {%- if named -%}
        {%- do run_query(
            'create table ' ~ files ~ ' (' ~ columns | join(', ')
            ~ ") using parquet location '" ~ landing ~ '/' ~ feed ~ "'"
        ) -%}
        {%- do run_query(
            'create or replace view ' ~ view ~ ' as select * from ' ~ files
            ~ ' where _metadata.file_name in (' ~ named | join(', ') ~ ')'
        ) -%}
    {%- else -%}
        {%- do run_query(
            'create or replace view ' ~ view ~ ' as select ' ~ nothing | join(', ')
            ~ ' where false'
        ) -%}
    {%- endif -%}
{%- endmacro %}
