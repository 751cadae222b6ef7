"""What this feature does every so often."""

from controller.capabilities.machines.site_key_change import look
from controller.domain.locale.catalogue import N_
from controller.kernel.jobs import Job, NeedsDate

JOBS = (
    Job(
        name="site_keys",
        title=N_("new key of a site’s boxes"),
        run=look,
        period_s=60.0,
        deadline_s=600.0,
        needs_date=NeedsDate.PLAUSIBLE,
        a_site=True,
    ),
)
