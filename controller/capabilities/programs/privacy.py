"""Personal-data rules for the table of programs, which contains no personal data."""

from controller.capabilities.programs.models import ProgramRow
from controller.kernel.privacy import PersonalDataRule

PERSONAL_DATA = (
    PersonalDataRule(ProgramRow, plain="serial version architecture sha256 size sig withdrawn_at"),
)
