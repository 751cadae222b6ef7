"""Names of a site's plans and certifications, to which a spreadsheet may refer."""

from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from controller.capabilities.plans.models import PlanRow
from controller.capabilities.training.models import CertificationRow
from controller.capabilities.training.scope import counts_at
from controller.domain.facts import Language, Name
from controller.policy.reading import from_json


@dataclass(frozen=True, slots=True)
class SiteNames:
    """Names of plans and certifications, by id."""

    plans: dict[str, str]
    certifications: dict[str, str]


def site_names(db: Session, site_id: str, language: Language) -> SiteNames:
    """Return the site's names in the given language."""
    plans = select(PlanRow.id, PlanRow.name).where(PlanRow.site_id == site_id)
    certifications = select(CertificationRow.id, CertificationRow.name)
    statements = (plans, certifications.where(counts_at(CertificationRow, [site_id])))
    return SiteNames(
        *(
            {key: from_json(name, Name).read(language) or key for key, name in db.execute(query)}
            for query in statements
        )
    )
