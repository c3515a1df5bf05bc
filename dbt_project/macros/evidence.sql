{#- The last select of a measure: what speaks for its indicators, in the columns of them all. Where
    some are about persons, the branches say whom. -#}
{% macro evidence_rows(is_about_persons=false) -%}
select
    indicator_id,
    counted_on,
    area_code,
    industry_code,
    unit_code,
    item_code,
    cast(numerator as decimal(18, 2)) as numerator,
    cast(denominator as decimal(18, 2)) as denominator,
    {{ 'person_key' if is_about_persons else 'cast(null as bigint) as person_key' }},
    fact_name,
    fact_id,
    _batch_id,
    _sheet,
    _row_number
from evidence
where numerator is not null
{%- endmacro %}
