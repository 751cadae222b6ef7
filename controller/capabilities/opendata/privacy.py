"""Personal-data rules for open data: only projects' texts may name people.

What anybody types elsewhere, such as a session's theme, does not get into a published table.
"""

from controller.capabilities.opendata.models import OpenDataRow, ProjectDataset, PublishedTable
from controller.kernel.privacy import PersonalDataRule, Purpose, RetentionKind

PERSONAL_DATA = (
    PersonalDataRule(OpenDataRow),
    PersonalDataRule(PublishedTable),
    PersonalDataRule(ProjectDataset, Purpose.MAINTENANCE, RetentionKind.HISTORY),
)
