"""What open data holds of people: nobody; of a project, the address that it wants public."""

from controller.capabilities.opendata.models import OpenDataRow, ProjectDataset, PublishedTable
from controller.kernel.privacy import Keep, Kept, Purpose

KEEPS = (
    Keep(OpenDataRow, plain="site_id published_at first_at row_version", label="about"),
    Keep(PublishedTable, plain="site_id dataset month withheld digest updated_at", booked="rows"),
    Keep(
        ProjectDataset,
        Purpose.UPKEEP,
        Kept.HISTORY,
        text="description contact link file",
        plain="id site_id project_id licence since updated_at withdrawn_at row_version",
        label="name",
    ),
)
