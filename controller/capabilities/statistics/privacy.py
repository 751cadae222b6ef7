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
        remove=traits.remove,
        retained_note=N_("Monthly totals for funders, without names"),
    ),
    PersonalDataRule(
        Visitor,
        Purpose.STATISTICS,
        RetentionKind.ACCESS,
        ErasureKind.COUNT,
        whereabouts=True,
        remove=visitors.count_and_remove,
        retention=Retention("visitors of a month", visitors.count_expired),
    ),
    PersonalDataRule(VisitorPast, Purpose.STATISTICS),
    PersonalDataRule(VisitorBorder),
    PersonalDataRule(TraitPast, Purpose.STATISTICS),
    PersonalDataRule(PartnerRow),
    PersonalDataRule(
        AnnualAnswer,
        Purpose.STATISTICS,
        RetentionKind.REASON,
        is_proof=True,
        retention=Retention("annual answers", deletion_step(AnnualAnswer.at)),
    ),
    PersonalDataRule(Funding),
    PersonalDataRule(
        VolunteerTime,
        Purpose.STATISTICS,
        RetentionKind.REASON,
        retention=Retention(
            "volunteering", emptying_step(VolunteerTime.noted_at, {"what": GONE_REASON})
        ),
    ),
)
