"""Personal-data rules for the tables of organisations, which contain no personal data."""

from controller.capabilities.organisations.models import OrganisationRow, ProjectRow
from controller.kernel.privacy import PersonalDataRule

PERSONAL_DATA = (
    PersonalDataRule(
        OrganisationRow, plain="id site_id active created_at row_version", named=True, body="name"
    ),
    PersonalDataRule(
        ProjectRow,
        plain="id site_id organisation_id starts_at ends_at created_at row_version",
        named=True,
        label="name",
    ),
)
