{#- Which reports of trainings a run judges anew.

    A person's reports are judged together, since one training may be told of by several. A run
    that makes everything afresh judges all; one that goes on from the run before judges those of
    everybody whom something new may concern (see int_training__retold), and leaves the others as
    they stand in the facts, which `forget_judged`, as their pre-hook, has cleared of these. -#}

{#- The reports as the run before left them; none where everything is made afresh. A model that
    the fact is made of cannot refer to it. -#}
{% macro reports_before() -%}
    {{ return(adapter.dispatch('reports_before')()) }}
{%- endmacro %}

{% macro default__reports_before() -%}
    {{ return(none) }}
{%- endmacro %}

{% macro duckdb__reports_before() -%}
    {{ return(adapter.get_relation(
        database=target.database, schema='marts', identifier='fct_training_reports'
    )) }}
{%- endmacro %}

{#- Whether reports stand that may be left as they are. -#}
{% macro some_are_judged() -%}
    {{ 'true' if reports_before() else 'false' }}
{%- endmacro %}

{#- Whether a report is judged by this run, by the columns that name person and report. -#}
{% macro is_to_be_judged(retold, person, report) -%}
    {{ concerns_retold(retold, person, report) if reports_before() else 'true' }}
{%- endmacro %}

{% macro concerns_retold(retold, person, report) -%}
    {{ person }} in (select person_key from {{ retold }})
    or {{ person }} in (select former_person_key from {{ retold }})
    or {{ report }} in (select report_id from {{ retold }})
{%- endmacro %}

{#- Also of what is judged: where all is, a table that stands holds nothing twice. -#}
{% macro forget_judged(retold, judged, report) -%}
    {%- if is_incremental() -%}
    delete from {{ this }}
    where
        {{ concerns_retold(retold, 'person_key', report) }}
        or {{ report }} in (select report_id from {{ judged }})
    {%- endif -%}
{%- endmacro %}

{#- A condition more, where a part stands already: the report was judged by this run. -#}
{% macro and_is_judged(judged, report) -%}
    {%- if is_incremental() -%}
    and {{ report }} in (select report_id from {{ judged }})
    {%- endif -%}
{%- endmacro %}
