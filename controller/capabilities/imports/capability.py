"""What imports gives to the house."""

from controller.kernel.capability import Capability

IMPORTS = Capability(name="imports")
