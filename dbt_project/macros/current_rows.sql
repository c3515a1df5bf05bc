{#- Rows of a feed in the batches that count now, with what their batch says of them: `batch` names
    columns of stg_landing__current_batches. -#}
{% macro current_rows(agency, feed, batch=()) -%}
    select
        delivered.*
        {%- for column in batch %},
        current_batches.{{ column }}
        {%- endfor %}
    from {{ source(agency, feed) }} as delivered
    inner join {{ ref('stg_landing__current_batches') }} as current_batches
        on delivered._batch_id = current_batches.batch_id
{%- endmacro %}
