"""Adds to the context how many people are in the zone, for capacity and company."""

from dataclasses import replace

from controller.domain.access.checks_moment import ZONE_COUNT_MAX_AGE_S
from controller.domain.facts import AccessPoint, Context, Site


def with_presence(context: Context, point: AccessPoint, site: Site) -> Context:
    """Return the context with the site's count of people in the point's zone.

    The count is as old as the policy. Company is required where being alone is dangerous, so a
    count that is too old is dropped and counts as alone. The person who taps is included only if
    already counted.
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
