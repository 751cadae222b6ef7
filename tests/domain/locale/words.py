"""What tests of words share with others."""

from controller.domain.access.decision import Detail
from controller.domain.facts import Assurance, Supervisor
from tests.domain.domain_builders import after

FULL = Detail(
    certifications=(("laser",), ("wood", "rules")),
    next_session=after(days=4),
    valid_from=after(days=1),
    expired_since=after(days=-1),
    assurance=Assurance.AES,
    policy_age_s=4 * 86_400.0,
    plans=("full", "night"),
    reopens_at=after(days=1),
    service_reason="Lentille cassée",
    not_commissioned=True,
    needs=("moon",),
    supervisor=Supervisor.WINDOW,
    company=2,
    present=1,
    booked_until=after(hours=2),
    zone="workshop",
    capacity=10,
    inputs=("interlock", "start-lid"),
)
