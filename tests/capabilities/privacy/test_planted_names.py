"""A name that is planted in every text column of every table is nowhere after an erasure.

The columns come from the tables themselves: a new one fails here until it is decided.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from sqlalchemy import JSON, Column, Enum, LargeBinary, String
from sqlalchemy.types import TypeDecorator

from controller.assembly import HOUSE
from controller.capabilities.accounts.models import AccountRow
from controller.capabilities.privacy.erasure import erase
from controller.kernel.actor import Role
from controller.kernel.privacy import Data, ErasureKind
from tests.capabilities.privacy.lived import SYSTEM, Lived
from tests.capabilities.privacy.planted import EMAIL, NEVER, PHONE, TYPED, Planter, name_her, traces
from tests.capabilities.privacy.scan import in_files

REASON = "asked for by letter on 12 March"
PROOF = {
    "annual_answer",
    "audit_note",
    "cash_handover",
    "held_history",
    "incident",
    "member_suspension",
    "money_entry",
    "payment",
    "till_day",
}
"""Tables that say why something was decided, or what is in the books."""
SHOWN = {
    (rule.name, name)
    for rule in HOUSE.personal_data
    for name in (
        *rule.of(Data.LABEL, Data.ORGANISATION),
        *(rule.of(Data.TEXT, Data.WORDS, Data.REFERENCE) if rule.name in PROOF else ()),
    )
}
"""Names of organisations and of what is the place's, its decisions, and proof of what concerns
others: whoever erases is shown them and decides."""
AGENTS = ("policy_row", "value")
"""What agents are told that things are called."""
KEPT = {
    ("tariff", "rates"),
    ("tariff_draft", "rates"),
    ("statement", "buyer"),
    ("closed_month", "provider"),
    ("published_table", "rows"),
}
"""By law, or because it was published."""

CANNOT = {
    "a hash, a key or a signature": """
        audit.prev_hash audit.hash audit_head.hash audit_note.salt policy_site.digest
        card_master.sealed card_master.check_value agent.kid agent.public_key
        agent_certificate.serial claim_code.hash revocation_list.pem hub_key.public_key
        commissioning_tick.wiring agent_program.sha256 agent_program.sig stream_state.last_hash
        event_again.hash quarantine.hash published_table.digest audit_check.hash
        report_code.code""",
    "one of the program's own words, from a list": """
        audit.action job.name job.error outbox.feature outbox.what outbox_cursor.reader lease.name
        policy_row.table message_stop.what message_opt_in.what agent_state.protocols
        access_point.needs point_state.state point_state.faults command.type command.result
        clock_check.doubt disabled_message_kind.what
        agent_program.architecture alarm.kind machine_session.state machine_session.state_order
        machine_session.cause maintenance.counts need.theme user_report.theme charge.thing
        provider.country invoicing.country money_number.what trait_past.value
        annual_answer.question published_table.dataset event_total.type decision_total.reason
        webhook.types webhook.disabled_why webhook_delivery.type chat_target.service
        syslog_place.name machine_session.public usage_day.public visitor_past.public""",
    "the program's words, ids and numbers about an action, never what somebody typed": """
        audit.detail alarm.key""",
    "a process of this computer, or the computer's name": """
        lease.holder job.holder outbox_cursor.holder site_broker.host""",
    "ids of zones, certifications, members' groups and devices, times and settings": """
        site.walking_times
        schedule.data course.grants course.requires plan.zones visiting_group.accompanied
        access_point.requirement access_point.session access_point.door agent.wiring
        claim_code.wiring stream_state.also site_plan.published site_plan.earlier
        site_plan.draft""",
    "what a device measured, and a version": """
        agent_state.version agent_state.telemetry commissioning_tick.agent_version
        agent_program.version""",
    "a month, a number of a register, an address of a web site": """
        statement.month charge.month charge.done_month closed_month.month payment.month
        visitor_past.month visitor_border.month trait_past.month published_table.month
        provider.siret provider.vat_number provider.accounts invoicing.siret
        screen_rule.frame_origins""",
}
"""Columns of text in which no name can be, by why; ids of things (36 and 63 characters) are not
listed. What goes with the person's rows is not either."""


def _columns() -> Iterator[tuple[str, Column[Any]]]:
    """Those that hold texts of any kind, were not decided as such, and outlive the person."""
    for rule in HOUSE.personal_data:
        if rule.erasure_kind in (ErasureKind.DELETE, ErasureKind.COUNT):
            continue
        for name in rule.of(Data.PLAIN, Data.ABOUT, Data.HELP):
            column = rule.table.c[name]
            is_typed = isinstance(column.type, String | JSON | LargeBinary)
            is_id = getattr(column.type, "length", None) in (36, 63) or column.foreign_keys
            if is_typed and not is_id and not isinstance(column.type, Enum | TypeDecorator):
                yield rule.name, column


def test_every_other_column_is_one_in_which_no_name_can_be() -> None:
    decided = [name for names in CANNOT.values() for name in names.split()]
    found = {f"{table}.{column.name}" for table, column in _columns()}
    assert len(decided) == len(set(decided))
    assert found - set(decided) == set(), "decide in privacy.py of the feature, or say here why not"
    assert set(decided) - found == set(), "no longer there"


def plant(lived: Lived, *kinds: Data) -> None:
    """She has a name that nobody else bears, and it is in all columns of these kinds."""
    name_her(lived)
    lived.account("ali@example.org", Role.MEMBER, member_id=lived.ids["ali"])
    with lived.database.write() as db:
        for who in ("zoe", "ali"):
            named = db.query(AccountRow).filter_by(member_id=lived.ids[who]).one()
            lived.ids[f"{who} account"] = named.id
    with lived.database.engine.begin() as connection:
        Planter(lived, connection, kinds).plant()


def erased(lived: Lived, *also: str) -> None:
    with lived.database.write() as db:
        new = erase.Erasure(reason=REASON, also=also)
        erase.erase(db, lived.ids["zoe"], new, actor=SYSTEM, now=lived.clock.now)


def test_an_erasure_leaves_it_only_where_that_was_decided(lived: Lived) -> None:
    plant(lived, *TYPED)
    wanted = {(rule.name, name) for rule in HOUSE.personal_data for name in rule.of(*TYPED)}
    assert wanted - traces(lived) == NEVER, "not planted"
    erased(lived)
    assert traces(lived) == SHOWN | KEPT | {AGENTS}


def test_what_is_proof_of_something_else_is_known() -> None:
    assert {rule.name for rule in HOUSE.personal_data if rule.is_proof} == PROOF


def test_what_is_chosen_goes_too_and_no_byte_is_left(lived: Lived, tmp_path: Path) -> None:
    plant(lived, *(kind for kind in TYPED if kind is not Data.BOOKED))
    with lived.database.read() as db:
        found = erase.preview(db, lived.ids["zoe"], actor=SYSTEM, now=lived.clock.now)
    assert {place.what for place in found.doubtful} == {table for table, _ in SHOWN}
    erased(lived, *(place.id for place in found.doubtful))
    assert traces(lived) == set()
    lived.database.drop_old_pages()
    if lived.database.engine.dialect.name == "sqlite":
        assert in_files(tmp_path, ["Vaudémont", "vaudemont", "Krüger", EMAIL, PHONE]) == set()
