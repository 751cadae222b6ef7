"""What training gives to the house."""

from controller.capabilities.training import models as models
from controller.capabilities.training.changes import CourseSessionChanged
from controller.capabilities.training.jobs import JOBS
from controller.kernel.capability import Capability

TRAINING = Capability(name="training", changes=(CourseSessionChanged,), jobs=JOBS)
