"""Personal-data rules for organisations and projects, whose names are not personal data."""

from controller.capabilities.organisations.models import OrganisationRow, ProjectRow
from controller.kernel.privacy import PersonalDataRule

PERSONAL_DATA = (
    PersonalDataRule(OrganisationRow, adds_names_to_export=True),
    PersonalDataRule(ProjectRow, adds_names_to_export=True),
)
