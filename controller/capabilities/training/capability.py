"""What training gives to the house."""

from controller.capabilities.training import models as models
from controller.capabilities.training.jobs import JOBS
from controller.capabilities.training.news import CourseSessionNews
from controller.kernel.capability import Capability

TRAINING = Capability(name="training", news=(CourseSessionNews,), jobs=JOBS)
