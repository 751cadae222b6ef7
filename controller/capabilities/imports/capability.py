"""Declares the feature *imports* to the rest of the controller."""

from controller.capabilities.imports.bundle import take_machines_back
from controller.capabilities.member_files.undo import ImportTakenBack
from controller.kernel.capability import Capability, Reaction

IMPORTS = Capability(name="imports", reacts=(Reaction(ImportTakenBack, take_machines_back),))
