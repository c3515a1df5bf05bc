with parameters as (
    select * from {{ ref('parameters') }}
),

run as (
    select * from {{ ref('stg_landing__run') }}
),

in_force as (
    select parameters.*
    from parameters
    inner join run
        on
            parameters.valid_from <= run.as_of_on
            and coalesce(parameters.valid_to, run.as_of_on) >= run.as_of_on
),

-- A parameter without a value is switched off.
thresholds as (
    select
        max(case when parameter_id = 'behind_share' then value end) as behind_share,
        max(case when parameter_id = 'attendance_floor_share' then value end)
            as attendance_floor_share,
        max(case when parameter_id = 'surcharge_credit_share' then value end)
            as surcharge_credit_share,
        max(case when parameter_id = 'replacement_days' then cast(value as int) end)
            as replacement_days,
        max(case when parameter_id = 'removal_days' then cast(value as int) end) as removal_days,
        max(case when parameter_id = 'employment_days' then cast(value as int) end)
            as employment_days,
        max(case when parameter_id = 'teaching_months' then cast(value as int) end)
            as teaching_months,
        coalesce(
            max(case when parameter_id = 'month_first_day' then cast(value as int) end), 1
        ) as month_first_day
    from in_force
)

select * from thresholds
