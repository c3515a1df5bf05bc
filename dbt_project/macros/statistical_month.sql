{#- First day of the part of a month that a day lies in. Where statistical months begin on another
    day than the first (parameter `month_first_day`), each calendar month has two parts: what is
    added up by part can be added further to months of both kinds, and to years. -#}
{% macro part_of_month(day, first_day) -%}
    case
        when extract(day from {{ day }}) >= {{ first_day }}
            then
                cast(
                    {{ dbt.dateadd('day', first_day ~ ' - 1', "date_trunc('month', " ~ day ~ ")") }}
                    as date
                )
        else cast(date_trunc('month', {{ day }}) as date)
    end
{%- endmacro %}

{#- First day of the statistical month of a calendar month: with 21, the 21st of the month before. -#}
{% macro month_starts_on(month_on, first_day) -%}
    cast(
        case
            when {{ first_day }} = 1 then {{ month_on }}
            else
                {{ dbt.dateadd('day', first_day ~ ' - 1', month_on ~ " - interval '1' month") }}
        end as date
    )
{%- endmacro %}
