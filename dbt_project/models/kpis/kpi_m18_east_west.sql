with bases as (
    select * from {{ ref('fct_east_west_bases') }}
),

partnerships as (
    select *
    from {{ ref('fct_partnerships') }}
    where is_signed and not is_ended and has_training_base
),

named_aliases as (
    select * from {{ ref('named_aliases') }}
),

-- 依托吸纳遵义籍务工人员较多的企业建立技能和就业实训基地
m18_1 as (
    select
        'M18-1' as indicator_id,
        period_starts_on as counted_on,
        {{ city_code() }} as area_code,
        'none' as industry_code,
        'none' as unit_code,
        'all' as item_code,
        1 as numerator,
        null as denominator,
        'fct_east_west_bases' as fact_name,
        base_id || '|' || cast(period_starts_on as string) as fact_id,
        _batch_id,
        _sheet,
        _row_number
    from bases
    where is_open
),

-- 针对遵义籍务工人员开展岗前培训、转岗培训、在岗技能提升培训
m18_2_pre_post as (
    select
        'M18-2' as indicator_id,
        period_starts_on as counted_on,
        {{ city_code() }} as area_code,
        'none' as industry_code,
        'none' as unit_code,
        'pre_post' as item_code,
        pre_post_count as numerator,
        null as denominator,
        'fct_east_west_bases' as fact_name,
        base_id || '|' || cast(period_starts_on as string) as fact_id,
        _batch_id,
        _sheet,
        _row_number
    from bases
    where is_open
),

m18_2_transfer as (
    select
        'M18-2' as indicator_id,
        period_starts_on as counted_on,
        {{ city_code() }} as area_code,
        'none' as industry_code,
        'none' as unit_code,
        'transfer' as item_code,
        transfer_count as numerator,
        null as denominator,
        'fct_east_west_bases' as fact_name,
        base_id || '|' || cast(period_starts_on as string) as fact_id,
        _batch_id,
        _sheet,
        _row_number
    from bases
    where is_open
),

m18_2_in_post as (
    select
        'M18-2' as indicator_id,
        period_starts_on as counted_on,
        {{ city_code() }} as area_code,
        'none' as industry_code,
        'none' as unit_code,
        'in_post' as item_code,
        in_post_count as numerator,
        null as denominator,
        'fct_east_west_bases' as fact_name,
        base_id || '|' || cast(period_starts_on as string) as fact_id,
        _batch_id,
        _sheet,
        _row_number
    from bases
    where is_open
),

-- 合作建立校企合作、校校合作“技能和就业实训基地”: in the destination provinces.
m18_3 as (
    select
        'M18-3' as indicator_id,
        partnerships.period_starts_on as counted_on,
        partnerships.area_code,
        'none' as industry_code,
        'none' as unit_code,
        'all' as item_code,
        1 as numerator,
        null as denominator,
        'fct_partnerships' as fact_name,
        partnerships.partnership_id
        || '|'
        || cast(partnerships.period_starts_on as string) as fact_id,
        partnerships._batch_id,
        partnerships._sheet,
        partnerships._row_number
    from partnerships
    inner join named_aliases
        on
            named_aliases.named_kind = 'destination_province'
            and partnerships.partner_province = named_aliases.alias
),

evidence as (
    select * from m18_1
    union all
    select * from m18_2_pre_post
    union all
    select * from m18_2_transfer
    union all
    select * from m18_2_in_post
    union all
    select * from m18_3
)

{{ evidence_rows() }}
