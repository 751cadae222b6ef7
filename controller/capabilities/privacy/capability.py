"""The feature *privacy*."""

from controller.capabilities.privacy import models as models
from controller.capabilities.privacy.privacy import PERSONAL_DATA
from controller.capabilities.privacy.retention.run import retain_rest, retain_site
from controller.domain.locale.catalogue import N_
from controller.kernel.capability import Capability
from controller.kernel.jobs import Job, NeedsDate, Work

# Periodic job: delete personal data at the end of its retention.

DAY_S = 86_400.0
FIRST_S = 600.0
"""Delay of the first run after a start, so that reconnecting agents come first."""


def _retain_site(work: Work) -> None:
    retain_site(work, work.settings.retention, work.site, now=work.now, may=work.may_continue)


def _retain_rest(work: Work) -> None:
    retain_rest(work, work.settings.retention, now=work.now)


JOBS = (
    Job(
        name="retention",
        title=N_("retention"),
        run=_retain_site,
        period_s=DAY_S,
        deadline_s=3600.0,
        first_s=FIRST_S,
        per_site=True,
        needs_date=NeedsDate.SYNCHRONISED,
    ),
    Job(
        name="retention_rest",
        title=N_("retention (accounts, notes)"),
        run=_retain_rest,
        period_s=DAY_S,
        deadline_s=600.0,
        needs_date=NeedsDate.SYNCHRONISED,
        first_s=FIRST_S,
    ),
)

PRIVACY = Capability(name="privacy", personal_data=PERSONAL_DATA, jobs=JOBS)
