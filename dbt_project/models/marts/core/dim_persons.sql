-- Every row that names a person: the key, and what the number tells of it.
with mentions as (
    {{
        union_of(
            models=[
                'int_training__enrolled',
                'stg_county__training_ledgers',
                'stg_department__training_rosters',
                'stg_hrss__certificates',
                'stg_hrss__subsidy_payments',
                'stg_hrss__competition_results',
                'stg_hrss__direct_subsidies',
                'stg_hrss__instructors',
                'stg_hrss__teacher_trainings',
                'stg_energy__coal_mine_staff',
                'stg_hrss__apprentices',
                'stg_hrss__employment_outcomes',
                'stg_agriculture__returning_migrants',
                'stg_education__mutual_hires',
                'stg_emergency__dual_certificates',
                'stg_emergency__special_operations',
                'stg_market_supervision__special_equipment',
            ],
            columns=['person_key', 'person_key_version', 'person_birth_year', 'person_sex_code']
        )
    }}
),

-- Key, birth year and sex come from one number, so that every mention says the same.
identified as (
    select
        person_key,
        max(person_key_version) as person_key_version,
        max(person_birth_year) as birth_year,
        max(person_sex_code) as sex_code
    from mentions
    where person_key is not null
    group by person_key
)

select * from identified
