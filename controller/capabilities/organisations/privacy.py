"""Personal-data rules for organisations and projects, whose names are not personal data."""

from controller.capabilities.organisations.models import OrganisationRow, ProjectRow
from controller.kernel.privacy import PersonalDataRule

PERSONAL_DATA = (
    PersonalDataRule(
        OrganisationRow,
        plain="id site_id active created_at row_version",
        adds_names_to_export=True,
        organisation="name",
    ),
    PersonalDataRule(
        ProjectRow,
        plain="id site_id organisation_id starts_at ends_at created_at row_version",
        adds_names_to_export=True,
        label="name",
    ),
)
