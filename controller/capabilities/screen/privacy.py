"""Rules for the personal data in the tables of screens."""

from controller.capabilities.screen.models import ScreenAddress, ScreenRule
from controller.kernel.privacy import PersonalDataRule

PERSONAL_DATA = (
    PersonalDataRule(
        ScreenAddress,
        plain="id site_id kind created_at revoked_at",
        sealed="hash",
        actor="created_by",
        label="name",
    ),
    PersonalDataRule(ScreenRule, plain="site_id is_public frame_origins"),
)
