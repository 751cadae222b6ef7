"""The feature *print jobs*."""

from controller.capabilities.print_jobs.changes import PrintJobNews
from controller.capabilities.print_jobs.print_jobs import PRINTS_READ, PRINTS_WRITE
from controller.capabilities.print_jobs.privacy import PERSONAL_DATA
from controller.capabilities.print_jobs.settlement import JOBS
from controller.kernel.capability import Capability

PRINT_JOBS = Capability(
    name="print_jobs",
    permissions=(PRINTS_READ, PRINTS_WRITE),
    news=(PrintJobNews,),
    jobs=JOBS,
    personal_data=PERSONAL_DATA,
)
