"""Personal-data rules for open data: only projects' texts may name people.

What anybody types elsewhere, such as a session's theme, does not get into a published table.
"""

from controller.capabilities.opendata.models import OpenDataRow, ProjectDataset, PublishedTable
from controller.kernel.privacy import PersonalDataRule, Purpose, RetentionKind

PERSONAL_DATA = (
    PersonalDataRule(OpenDataRow, plain="site_id published_at first_at row_version", label="about"),
    PersonalDataRule(
        PublishedTable, plain="site_id dataset month withheld digest updated_at", booked="rows"
    ),
    PersonalDataRule(
        ProjectDataset,
        Purpose.MAINTENANCE,
        RetentionKind.HISTORY,
        text="description contact link file",
        plain="id site_id project_id licence since updated_at withdrawn_at row_version",
        label="name",
    ),
)
