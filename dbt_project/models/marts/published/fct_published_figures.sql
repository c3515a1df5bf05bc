with figures as (
    select * from {{ ref('stg_public__published_figures') }}
),

areas as (
    select * from {{ ref('int_crosswalks__areas') }}
),

resolved as (
    select
        figures.figure_id,
        figures.subject,
        figures.figure_name,
        figures.area_alias as area_name_zh,
        areas.area_code,
        figures.figure_value,
        figures.value_text,
        figures.unit as unit_name_zh,
        figures.period_text,
        figures.published_on,
        figures.counting_scope,
        figures.source_name,
        figures.confidence_code,
        figures._batch_id,
        figures._sheet,
        figures._row_number
    from figures
    left join areas on figures.area_alias = areas.alias
)

select * from resolved
