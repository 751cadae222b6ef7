"""Personal data in the tables of the plan: nothing."""

from controller.capabilities.live.models import PlanPlace
from controller.kernel.privacy import PersonalDataRule

PERSONAL_DATA = (PersonalDataRule(PlanPlace, plain="access_point_id site_id x y"),)
