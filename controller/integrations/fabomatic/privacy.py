"""Personal data in the tables of FabOMatic: none; who used a machine is stored with the session."""

from controller.integrations.fabomatic.models import FabomaticBoardRow, FabomaticLinkRow
from controller.kernel.privacy import PersonalDataRule

PERSONAL_DATA = (
    PersonalDataRule(
        FabomaticBoardRow,
        plain="site_id number access_point_id session_id seen_at",
        raw="version",
        sealed="password_hash",
    ),
    PersonalDataRule(FabomaticLinkRow, plain="site_id connected since", raw="error"),
)
