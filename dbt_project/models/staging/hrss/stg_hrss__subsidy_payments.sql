with source as (
    select * from {{ source('hrss', 'subsidy_payments') }}
),

batches as (
    select * from {{ ref('stg_landing__batches') }}
),

told as (
    select
        source.*,
        batches.sequence_no as _sequence_no
    from source
    inner join batches on source._batch_id = batches.batch_id
),

known_rows as (
    {{ newest_states('told', 'payment_no', newest_first=['_sequence_no', '_row_number']) }}
),

renamed as (
    select
        -- identifiers
        payment_no as payment_id,
        class_no as class_id,
        cast(person_key as bigint) as person_key,
        cast(person_key_version as int) as person_key_version,
        person_id_status as person_id_status_code,
        person_id_masked,
        cast(person_birth_year as int) as person_birth_year,
        person_sex as person_sex_code,
        cast(person_name_key as bigint) as person_name_key,
        cast(payee_account_key as bigint) as payee_account_key,

        -- attributes
        fund_source as fund_source_alias,
        subsidy_kind as subsidy_kind_code,
        status as payment_status_code,

        -- dates
        cast(applied_on as date) as applied_on,
        cast(paid_on as date) as paid_on,
        {{ utc_from_shanghai('updated_at') }} as updated_at,

        -- quantities
        cast(amount_cny as decimal(18, 2)) as amount_cny,

        -- lineage
        _batch_id,
        _sheet,
        cast(_row_number as bigint) as _row_number
    from known_rows
)

select * from renamed
