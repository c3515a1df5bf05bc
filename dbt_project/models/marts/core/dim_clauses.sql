with clauses as (
    select * from {{ ref('clauses') }}
),

plans as (
    select * from {{ ref('plans') }}
),

cited as (
    select
        clauses.plan_id,
        clauses.plan_section,
        plans.document_no,
        clauses.title_zh,
        clauses.text_zh
    from clauses
    inner join plans on clauses.plan_id = plans.plan_id
)

select * from cited
