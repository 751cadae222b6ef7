"""Numbers of people that a decision needs: how full a zone is, and who else is in the room."""

from dataclasses import replace

from controller.domain.access.checks_moment import ZONE_COUNT_MAX_AGE_S
from controller.domain.facts import AccessPoint, Context, Site


def with_presence(context: Context, point: AccessPoint, site: Site) -> Context:
    """The context with the site's count for the point's zone, which is as old as the policy.

    Company is asked where being alone is dangerous: a count too old to go by is nobody else. Who
    taps counts as one of those present: whoever is not counted is not known to be there.
    """
    zone = site.zones.get(point.zone) if point.zone is not None else None
    age = context.policy_age_s
    if zone is None or zone.present is None or age is None:
        return context
    fresh = age <= ZONE_COUNT_MAX_AGE_S
    return replace(
        context,
        zone_count=zone.present,
        zone_count_age_s=age,
        present=zone.present if fresh else None,
    )
