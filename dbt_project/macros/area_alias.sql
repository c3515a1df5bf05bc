{#- Area text as the crosswalk knows it: a code of nine or twelve digits (GB/T 2260 with
    township and village behind it) is cut to its county; a name stays as it is. -#}
{% macro area_alias(column) -%}
    case
        when cast(try_cast({{ column }} as bigint) as string) = {{ column }}
            then left({{ column }}, 6)
        else {{ column }}
    end
{%- endmacro %}
