"""Declares the feature *alarms* to the rest of the controller."""

from controller.capabilities.alarms import controller_alarms, copied_badges, power_cuts, projection
from controller.capabilities.alarms import models as models
from controller.capabilities.alarms.activity import RECENT
from controller.capabilities.alarms.alarms import AlarmNews
from controller.capabilities.alarms.kinds import KINDS
from controller.capabilities.alarms.privacy import PERSONAL_DATA
from controller.capabilities.groups.changes import WindowRefused
from controller.capabilities.plans.changes import GrantWithoutPlan
from controller.capabilities.training.changes import CertificationRefused
from controller.kernel.capability import Capability, Reaction

ALARMS = Capability(
    name="alarms",
    projections=(projection.PROJECTION, power_cuts.PROJECTION),
    reacts=(
        Reaction(CertificationRefused, projection.raise_certification_refused),
        Reaction(GrantWithoutPlan, projection.raise_grant_without_plan),
        Reaction(WindowRefused, projection.raise_window_refused),
    ),
    alarms=KINDS,
    effects=(copied_badges.compare_taps,),
    jobs=(*controller_alarms.BACKUP_JOBS, *copied_badges.JOBS),
    personal_data=PERSONAL_DATA,
    news=(AlarmNews,),
    activity=RECENT,
)
