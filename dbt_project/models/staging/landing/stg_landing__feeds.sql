with source as (
    select * from {{ source('landing', 'feeds') }}
),

renamed as (
    select
        -- identifiers
        feed as feed_id,

        -- attributes
        title_zh as feed_name_zh,
        title_en as feed_name_en,
        cadence as cadence_code,

        -- quantities
        cast(due_day as int) as due_day_no
    from source
)

select * from renamed
