"""What agencies report beside trainings: enterprises, schools, institutions, bases, funds, events.

Rows are made once, written as the tables that agencies send, and told again as events, from which
the truth about the indicators is counted (see `tallies`). A planted fault leaves its row out of the
events, as it must be left out of the warehouse.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Final

from ingestion.sample_agencies.departments import Departments
from ingestion.sample_agencies.registers.allocations import (
    allocation_events,
    write_allocations,
)
from ingestion.sample_agencies.registers.classes import class_file_events, write_class_files
from ingestion.sample_agencies.registers.collaboration import (
    agriculture_events,
    collaboration_events,
    east_west_events,
    work_relief_events,
    write_agriculture_bases,
    write_collaboration,
    write_east_west_bases,
    write_work_relief,
)
from ingestion.sample_agencies.registers.enterprises import (
    education_fund_events,
    enterprise_events,
    staff_events,
    surcharge_events,
    write_education_funds,
    write_enterprises,
    write_staff,
    write_surcharge_credits,
)
from ingestion.sample_agencies.registers.followups import (
    account_events,
    dual_certificate_events,
    finding_events,
    hire_events,
    migrant_events,
    outcome_events,
    write_accounts,
    write_dual_certificates,
    write_findings,
    write_hires,
    write_migrants,
    write_outcomes,
)
from ingestion.sample_agencies.registers.forms import Register
from ingestion.sample_agencies.registers.foundations import (
    bank_events,
    base_events,
    brand_events,
    evaluation_events,
    session_events,
    write_brands,
    write_evaluations,
    write_question_banks,
    write_sessions,
    write_training_bases,
)
from ingestion.sample_agencies.registers.governance import (
    county_events,
    demand_events,
    federation_events,
    report_events,
    survey_events,
    write_demands,
    write_federation_classes,
    write_special_reports,
    write_surveys,
    write_work_ledgers,
)
from ingestion.sample_agencies.registers.institutions import (
    supervision_events,
    write_institution_events,
)
from ingestion.sample_agencies.registers.persons import (
    direct_subsidy_events,
    instructor_events,
    teacher_training_events,
    write_direct_subsidies,
    write_instructors,
    write_teacher_trainings,
)
from ingestion.sample_agencies.registers.proofs import proof_events, write_proofs
from ingestion.sample_agencies.registers.returns import gather_returns, return_events
from ingestion.sample_agencies.registers.schools import (
    partnership_events,
    school_events,
    write_partnerships,
    write_schools,
)
from ingestion.sample_agencies.registers.workforce import (
    apprentice_events,
    mine_events,
    write_apprentices,
    write_mine_staff,
)
from ingestion.sample_agencies.tables import Delivered
from ingestion.sample_agencies.tallies import Event, Span
from ingestion.sample_agencies.world import World


@dataclass(frozen=True)
class Registers:
    """Every register, and what it says at a date."""

    by_feed: dict[str, Register]

    @property
    def delivered(self) -> list[Delivered]:
        return [each for register in self.by_feed.values() for each in register.delivered]

    def events(self, as_of: date) -> list[Event]:
        """What happened by then, and was told in reports of periods that were over by then."""
        return [
            event
            for feed, register in self.by_feed.items()
            for event in _TOLD[feed][0](register, as_of)
        ]

    def told(self) -> dict[str, list[Span]]:
        """What has been told of each indicator."""
        return {
            indicator: register.spans
            for feed, register in self.by_feed.items()
            for indicator in _TOLD[feed][1].split()
        }


Teller = Callable[[Register, date], Iterator[Event]]
#: By feed: how it is told again as events, and for which indicators.
_TOLD: Final[dict[str, tuple[Teller, str]]] = {
    "industry/enterprises": (enterprise_events, "M01-1 M02-4 M02-9 M14-5"),
    "industry/enterprise_staff": (staff_events, "M01-4 M02-3"),
    "industry/education_funds": (education_fund_events, "M02-5 M02-8"),
    "taxation/surcharge_credits": (surcharge_events, "M02-6"),
    "education/schools": (school_events, "M03-1 M03-2 M03-5 M03-6 M14-4 M19-1 M19-2 M19-3"),
    "education/partnerships": (partnership_events, "M03-3 M03-4 M18-3"),
    "hrss/institution_events": (supervision_events, "M04-1 M04-2 M11-2 M13-1 M13-2 M13-3"),
    "agriculture/collaboration_classes": (collaboration_events, "M06-1 M06-2 M06-3"),
    "department/training_returns": (return_events, "M01-2 M01-3 M08-8"),
    "development/work_relief_projects": (work_relief_events, "M08-4"),
    "agriculture/bases": (agriculture_events, "M08-5 M08-9"),
    "agriculture/east_west_bases": (east_west_events, "M18-1 M18-2"),
    "department/talent_demands": (demand_events, "M01-6 M08-6"),
    "department/special_reports": (report_events, "M21-1"),
    "county/work_ledgers": (county_events, "M13-4 M13-5 M16-5 M22-2 M23-1"),
    "county/willingness_surveys": (survey_events, "M11-3 M11-3-willing"),
    "department/federation_classes": (federation_events, "M01-3-federations"),
    "finance/fund_allocations": (allocation_events, "M22-1"),
    "finance/performance_evaluations": (evaluation_events, "M22-3"),
    "hrss/skill_brands": (brand_events, "M10-1 M10-2 M10-3 M10-4"),
    "hrss/direct_subsidies": (direct_subsidy_events, "M09-1 M09-1-persons M09-2"),
    "hrss/instructors": (instructor_events, "M12-1 M12-2 M12-4 M12-5"),
    "hrss/teacher_trainings": (teacher_training_events, "M12-3 M14-2"),
    "hrss/training_bases": (base_events, "M16-1 M16-2 M16-3 M16-4 M17-3"),
    "hrss/question_banks": (bank_events, "M14-3"),
    "hrss/assessment_sessions": (session_events, "M14-1"),
    "energy/coal_mine_staff": (mine_events, "M08-1 M08-2 M08-3"),
    "hrss/apprentices": (apprentice_events, "M02-1 M02-2"),
    "hrss/class_files": (class_file_events, "M01-7 M02-7 M03-7 M08-7 M11-1 M11-4 M15-1"),
    "department/manual_evidence": (proof_events, "M19-4 M19-5"),
    "hrss/employment_outcomes": (outcome_events, "M07-4"),
    "agriculture/returning_migrants": (migrant_events, "M07-5"),
    "education/mutual_hires": (hire_events, "M12-6"),
    "civil_affairs/institution_finances": (account_events, "M04-4"),
    "audit/integrity_findings": (finding_events, "M22-4"),
    "emergency/dual_certificates": (dual_certificate_events, "M01-5"),
}


def write_registers(world: World, drop: Path, departments: Departments) -> Registers:
    """Write every register into the drop folder."""
    enterprises = write_enterprises(world, drop)
    made = [
        gather_returns(departments),
        enterprises,
        write_staff(world, drop, enterprises),
        write_education_funds(world, drop, enterprises),
        write_surcharge_credits(world, drop),
        write_schools(world, drop),
        write_partnerships(world, drop),
        supervision := write_institution_events(world, drop),
        write_collaboration(world, drop),
        write_work_relief(world, drop),
        write_agriculture_bases(world, drop),
        write_east_west_bases(world, drop),
        write_demands(world, drop),
        write_special_reports(world, drop),
        write_work_ledgers(world, drop),
        write_surveys(world, drop),
        write_federation_classes(world, drop),
        write_allocations(world, drop),
        write_evaluations(world, drop),
        write_brands(world, drop),
        write_training_bases(world, drop),
        write_question_banks(world, drop),
        write_sessions(world, drop),
        write_class_files(world, drop, supervision),
        write_proofs(world, drop),
        write_mine_staff(world, drop),
        write_apprentices(world, drop),
        write_outcomes(world, drop),
        write_migrants(world, drop),
        write_hires(world, drop),
        write_accounts(world, drop),
        write_findings(world, drop),
        write_dual_certificates(world, drop),
    ]
    made += [
        write_direct_subsidies(world, drop),
        instructors := write_instructors(world, drop),
        write_teacher_trainings(world, drop, instructors),
    ]
    return Registers({register.feed: register for register in made})
