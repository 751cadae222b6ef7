"""Rules for the personal data in the tables of statistics."""

from controller.capabilities.statistics import traits, visitors
from controller.capabilities.statistics.models import (
    AnnualAnswer,
    Funding,
    PartnerRow,
    PersonTraits,
    TraitPast,
    Visitor,
    VisitorBorder,
    VisitorPast,
    VolunteerTime,
)
from controller.domain.locale.catalogue import N_
from controller.kernel.privacy import (
    GONE_REASON,
    ErasureKind,
    PersonalDataRule,
    Purpose,
    Retention,
    RetentionKind,
    deletion_step,
    emptying_step,
)

PERSONAL_DATA = (
    PersonalDataRule(
        PersonTraits,
        Purpose.STATISTICS,
        RetentionKind.MEMBER,
        ErasureKind.COUNT,
        plain="since consented_at",
        member="member_id",
        about="genre tranche_age statut_social commune",
        actor="asked_by",
        remove=traits.remove,
        retained_note=N_("Monthly totals for funders, without names"),
    ),
    PersonalDataRule(
        Visitor,
        Purpose.STATISTICS,
        RetentionKind.ACCESS,
        ErasureKind.COUNT,
        plain="site_id by_event by_desk traits_counted",
        ref="ref",
        about="month public",
        whereabouts=True,
        remove=visitors.count_and_remove,
        retention=Retention("visitors of a month", visitors.count_expired),
    ),
    PersonalDataRule(VisitorPast, Purpose.STATISTICS, plain="site_id month public people"),
    PersonalDataRule(VisitorBorder, plain="site_id month"),
    PersonalDataRule(TraitPast, Purpose.STATISTICS, plain="site_id month trait value people"),
    PersonalDataRule(PartnerRow, plain="id site_id created_at", organisation="name"),
    PersonalDataRule(
        AnnualAnswer,
        Purpose.STATISTICS,
        RetentionKind.REASON,
        plain="site_id year question at",
        text="text",
        actor="by",
        is_proof=True,
        retention=Retention("annual answers", deletion_step(AnnualAnswer.at)),
    ),
    PersonalDataRule(Funding, plain="partner_id project_id"),
    PersonalDataRule(
        VolunteerTime,
        Purpose.STATISTICS,
        RetentionKind.REASON,
        plain="id site_id day people minutes noted_at taken_back_at",
        text="what",
        actor="by",
        retention=Retention(
            "volunteering", emptying_step(VolunteerTime.noted_at, {"what": GONE_REASON})
        ),
    ),
)
