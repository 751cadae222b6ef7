"""Rules for the personal data in the table of the plan: it holds none."""

from controller.capabilities.live.models import PlanPlace
from controller.kernel.privacy import PersonalDataRule

PERSONAL_DATA = (PersonalDataRule(PlanPlace, plain="access_point_id site_id x y"),)
