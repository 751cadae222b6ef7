"""Rules for the personal data in the table of programs: it holds none."""

from controller.capabilities.programs.models import ProgramRow
from controller.kernel.privacy import PersonalDataRule

PERSONAL_DATA = (
    PersonalDataRule(ProgramRow, plain="serial version architecture sha256 size sig withdrawn_at"),
)
