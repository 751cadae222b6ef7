"""Declares the feature *desk* to the rest of the controller."""

from controller.capabilities.desk import card_protection
from controller.capabilities.machines.changes import CommandAnswered
from controller.kernel.capability import Capability, Reaction

DESK = Capability(name="desk", reacts=(Reaction(CommandAnswered, card_protection.record_answer),))
