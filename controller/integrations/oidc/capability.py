"""The feature *OpenID Connect*."""

from controller.kernel.capability import Capability

OIDC = Capability(name="oidc")
"""People sign in by a provider of their town, their university or the State."""
