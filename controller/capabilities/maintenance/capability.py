"""The feature *maintenance*."""

from controller.capabilities.maintenance import maintenance
from controller.capabilities.maintenance import models as models
from controller.capabilities.maintenance.activity import RECENT
from controller.capabilities.maintenance.maintenance import MaintenanceNews
from controller.capabilities.maintenance.privacy import PERSONAL_DATA
from controller.domain.locale.catalogue import N_
from controller.kernel.capability import AlarmKind, Capability
from controller.kernel.jobs import Job, single_transaction

JOBS = (
    Job(
        name="maintenance",
        title=N_("looking for maintenance that is due"),
        run=single_transaction(maintenance.update_alarms),
    ),
)

MAINTENANCE = Capability(
    name="maintenance",
    alarms=(
        AlarmKind(
            "maintenance_due",
            N_("Maintenance due"),
            N_("Do it, then record it as done."),
            has_catch_up_rows=True,
            can_wait=True,
        ),
    ),
    personal_data=PERSONAL_DATA,
    activity=RECENT,
    news=(MaintenanceNews,),
    jobs=JOBS,
)
