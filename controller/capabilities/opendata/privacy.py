"""What open data holds of people: nobody; of a project, the address that it wants public."""

from controller.capabilities.opendata.models import OpenDataRow, ProjectDataset, PublishedTable
from controller.kernel.privacy import Kept, PersonalDataRule, Purpose

PERSONAL_DATA = (
    PersonalDataRule(OpenDataRow, plain="site_id published_at first_at row_version", label="about"),
    PersonalDataRule(
        PublishedTable, plain="site_id dataset month withheld digest updated_at", booked="rows"
    ),
    PersonalDataRule(
        ProjectDataset,
        Purpose.MAINTENANCE,
        Kept.HISTORY,
        text="description contact link file",
        plain="id site_id project_id licence since updated_at withdrawn_at row_version",
        label="name",
    ),
)
