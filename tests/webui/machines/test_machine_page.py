"""A machine's page: the rule as a sentence, and what a change of it does before it is saved."""

import html
import re
from datetime import timedelta

import pytest
from flask.testing import FlaskClient

from controller.capabilities.alarms.models import Alarm
from controller.capabilities.bookings import bookings
from controller.capabilities.bookings.shapes import NewBooking
from controller.capabilities.machines import access_points
from controller.capabilities.machines.models import CommandRow, CommissioningTick
from controller.capabilities.machines.shapes import AccessPoint
from controller.capabilities.maintenance import maintenance
from controller.capabilities.maintenance.shapes import NewMaintenance
from controller.capabilities.user_reports import user_reports
from controller.capabilities.user_reports.models import ToldKind
from controller.capabilities.user_reports.shapes import NewUserReport
from controller.domain.commissioning import StepName
from controller.domain.time import Utc
from controller.kernel.models import AuditEntry, AuditNote
from controller.kernel.shapes import Label
from controller.wire.ids import uuid7
from tests.support.event_rows import add_event
from tests.support.parsed import form_to
from tests.support.tree import ROOT
from tests.webui.conftest import NOW, SITE, sign_in, token_of
from tests.webui.machines.conftest import LASER, SYSTEM, Place, add_person, add_session, add_state
from tests.webui.machines.machine_page import ONE, plain, send, text_of
from webui.live.views import Block
from webui.machines import panels
from webui.machines.today import Moment, place_labels

STRICTER = "draft=1&group-0=laser&group-1=rules&subscription=any"


def stored(place: Place) -> AccessPoint:
    with place.database.read() as db:
        return access_points.get(db, LASER, actor=SYSTEM)


def hidden(text: str, name: str) -> str:
    return re.search(rf'name="{name}" value="([^"]*)"', text)[1]  # type: ignore[index]


def try_stricter(client: FlaskClient) -> dict[str, str]:
    """The fields of the form that saves it."""
    answer = client.get(f"{ONE}?{STRICTER}").get_data(as_text=True)
    form = answer[answer.index('id="effect"') :]
    names = ("rule", "version", "loses", "csrf_token")
    return {name: html.unescape(hidden(form, name)) for name in names}


def test_the_rule_is_a_sentence(place: Place, client: FlaskClient) -> None:
    sign_in(client, "manager")
    words = plain(text_of(client, ONE))
    assert "Découpe laser CO₂" in words
    assert "Toute personne qui a" in words
    assert "un abonnement, quel qu’il soit" in words
    assert "pas encore appliqué" not in words


def test_the_effect_is_shown_with_names_before_it_is_saved(
    place: Place, client: FlaskClient
) -> None:
    with place.database.write() as db:
        starts = Utc.of(NOW + timedelta(days=1))
        new = NewBooking(
            member_id=place.members["Ben Laser"],
            access_point=LASER,
            starts_at=starts,
            ends_at=Utc.of(starts + timedelta(hours=1)),
        )
        bookings.create(db, new, actor=SYSTEM, now=NOW)
    sign_in(client, "manager")
    words = plain(text_of(client, f"{ONE}?{STRICTER}"))
    assert "1 changement, pas encore appliqué" in words
    assert "1 personne pourra l’utiliser 2 aujourd’hui" in words
    assert "1 perd l’accès" in words
    assert re.search(r"Ben Laser .*a réservé le 25 novembre à 14:00", words)
    assert "Ada Both" not in words
    assert "Enregistrer, 1 perd l’accès" in words
    assert stored(place).requirement.certifications == ("laser",)


def test_where_many_are_judged_the_effect_comes_as_a_part_of_its_own(
    place: Place, client: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(panels, "ROW_LIMIT", 2)
    sign_in(client, "manager")
    text = text_of(client, f"{ONE}?{STRICTER}")
    assert "perd l’accès" not in text
    assert "2 des 2 personnes" not in text
    part = re.search(r'id="effect" tabindex="-1" hx-get="([^"]+)"', text)[1]  # type: ignore[index]
    answer = client.get(part, headers={"HX-Request": "true"})
    words = html.unescape(answer.get_data(as_text=True))
    assert "Enregistrer, 1 perd l’accès" in words
    assert "<main" not in words
    assert client.get(part).status_code == 303
    without_scripts = re.search(r'href="([^"]+whole=1)#rule"', text)[1]  # type: ignore[index]
    assert "Enregistrer, 1 perd l’accès" in plain(text_of(client, without_scripts))


def test_who_gains_is_named_too(place: Place, client: FlaskClient) -> None:
    sign_in(client, "manager")
    words = plain(text_of(client, f"{ONE}?draft=1&subscription=any"))
    assert "1 gagne l’accès" in words
    assert "Cleo None" in words
    assert "Personne ne perd l’accès" in words


def test_where_nobody_gains_or_loses_nothing_else_is_said(
    place: Place, client: FlaskClient
) -> None:
    sign_in(client, "manager")
    words = plain(text_of(client, f"{ONE}?draft=1&group-0=laser&booking=required"))
    assert "Rien ne change pour personne" in words
    assert re.search(r"\d+ personnes? (peut|peuvent) l’utiliser, comme aujourd’hui", words)
    assert "perd l’accès" not in words
    assert "gagne l’accès" not in words


def test_names_stand_as_in_a_dictionary(place: Place, client: FlaskClient) -> None:
    with place.database.write() as db:
        for number, name in ((8, "Fanny Roux"), (9, "Émile Zola")):
            add_person(db, number, name, ("laser",))
    sign_in(client, "manager")
    words = plain(text_of(client, f"{ONE}?draft=1&group-0=laser&subscription=any&assurance=aes"))
    assert "4 perdent l’accès" in words
    assert re.search("Ada Both.*Ben Laser.*Émile Zola.*Fanny Roux", words)


def test_hours_and_service_change_nothing_of_the_effect(place: Place, client: FlaskClient) -> None:
    with place.database.write() as db:
        access_points.set_service(
            db, LASER, in_service=False, reason="panne", actor=SYSTEM, now=NOW
        )
    sign_in(client, "manager")
    words = plain(text_of(client, f"{ONE}?{STRICTER}"))
    assert "1 personne pourra l’utiliser 2 aujourd’hui" in words


def test_saving_keeps_the_reason_and_can_be_taken_back(place: Place, client: FlaskClient) -> None:
    sign_in(client, "manager")
    fields = try_stricter(client) | {"reason": "assemblée générale"}
    assert client.post(f"{ONE}/rule", data=fields).status_code == 303
    assert stored(place).requirement.certifications == ("laser", "rules")
    with place.database.read() as db:
        kept = db.query(AuditEntry).filter_by(action="access_point_changed").one()
        assert db.get_one(AuditNote, kept.seq).text == "assemblée générale"
    text = client.get(ONE).get_data(as_text=True)
    undo = text[text.index('id="undo"') :]
    back = {name: html.unescape(hidden(undo, name)) for name in ("csrf_token", "rule", "version")}
    assert client.post(f"{ONE}/rule", data=back).status_code == 303
    assert stored(place).requirement.certifications == ("laser",)


def test_another_effect_than_was_shown_is_not_saved(place: Place, client: FlaskClient) -> None:
    sign_in(client, "manager")
    fields = try_stricter(client)
    fields["loses"] = "0"
    answer = client.post(f"{ONE}/rule", data=fields)
    assert answer.status_code == 422
    words = plain(html.unescape(answer.get_data(as_text=True)))
    assert "Vérifiez le nouvel effet, puis enregistrez" in words
    assert "Enregistrer, 1 perd l’accès" in words
    assert stored(place).requirement.certifications == ("laser",)


def test_facts_are_taken_back_and_kept_beside_what_somebody_else_wrote(
    place: Place, client: FlaskClient
) -> None:
    sign_in(client, "manager")
    form = text_of(client, ONE)
    form = form[form.index('id="facts"') :]
    fields = {name: hidden(form, name) for name in ("version", "csrf_token")}
    facts = {"name": "Laser A", "zone": "", "agent": "box", "risk": "low", "icon": "flame"}
    assert client.post(f"{ONE}/facts", data=fields | facts).status_code == 303
    undo = client.get(ONE).get_data(as_text=True)
    undo = undo[undo.index('id="undo"') :]
    late = client.post(f"{ONE}/facts", data=fields | facts | {"name": "Laser B"})
    assert late.status_code == 422
    text = html.unescape(late.get_data(as_text=True))
    text = text[text.index('id="facts"') :].replace("\u00a0", " ")
    assert "Quelqu’un vient de changer" in text
    assert 'name="name" type="text" value="Laser B"' in text
    assert "Maintenant : Laser A" in text
    back = {name: html.unescape(hidden(undo, name)) for name in ("version", "csrf_token", *facts)}
    assert client.post(f"{ONE}/facts", data=back).status_code == 303
    assert stored(place).name.fr == "Découpe laser CO₂"
    assert stored(place).risk == "dangerous"


def test_a_value_out_of_range_is_told_in_words_in_its_open_box(
    place: Place, client: FlaskClient
) -> None:
    sign_in(client, "manager")
    form = text_of(client, ONE)
    form = form[form.index('id="habits"') :]
    fields = {name: hidden(form, name) for name in ("version", "csrf_token")}
    typed = {"idle_min": "-3", "warn_s": "31", "more_s": "90", "cool_min": "5", "max_h": "4"}
    chosen = {"on_end": "cut", "on_revoke": "cut", "takeover": "allow", "presence": "slot"}
    refused = client.post(f"{ONE}/habits", data=fields | typed | chosen)
    assert refused.status_code == 422
    text = html.unescape(refused.get_data(as_text=True)).replace("\u00a0", " ")
    box = text[text.index('<details class="val" name="habits" open>') :]
    box = box[: box.index("</details>")]
    assert 'value="-3"' in box
    assert "Sans travail : saisissez un nombre de minutes, zéro ou plus." in box
    assert "idle_min :" not in text
    assert 'name="warn_s" type="text" value="31"' in text


@pytest.mark.parametrize(
    ("form", "colleague", "own"),
    [
        ("habits", {"max_h": "4", "on_end": "cut"}, {"idle_min": "2.5"}),
        ("facts", {"zone": "", "risk": "low"}, {"name": "Laser B"}),
    ],
)
def test_what_a_colleague_has_set_meanwhile_stays(
    place: Place, client: FlaskClient, form: str, colleague: dict[str, str], own: dict[str, str]
) -> None:
    sign_in(client, "manager")
    address = f"{ONE}/{form}"
    opened = form_to(client.get(ONE).get_data(as_text=True), address)
    token = {"csrf_token": token_of(client)}
    assert client.post(address, data=opened | colleague | token).status_code == 303
    refused = client.post(address, data=opened | own | token).get_data(as_text=True)
    changed = re.findall(r'id="(\w+)-wrong">Quelqu’un d’autre vient', html.unescape(refused))
    assert set(changed) == {name for name in colleague if opened[name] != [colleague[name]]}
    assert client.post(address, data=form_to(refused, address) | token).status_code == 303
    saved = form_to(client.get(ONE).get_data(as_text=True), address)
    assert {name: saved[name][0] for name in colleague | own} == colleague | own


def test_a_rule_that_is_none_is_refused(place: Place, client: FlaskClient) -> None:
    sign_in(client, "manager")
    assert client.get(f"{ONE}?draft=1&assurance=gold").status_code == 400
    assert client.get(f"{ONE}?draft=1&company=none").status_code == 400
    fields = try_stricter(client) | {"rule": '{"certifications": ["no-such"]}', "loses": "2"}
    assert client.post(f"{ONE}/rule", data=fields).status_code == 400
    assert send(client, f"{ONE}/rule", rule="{", version="1") == 400


def test_the_desk_reads_the_rule_and_changes_nothing(place: Place, client: FlaskClient) -> None:
    sign_in(client, "desk")
    words = plain(text_of(client, f"{ONE}?{STRICTER}"))
    assert "Toute personne qui a" in words
    assert "perd l’accès" not in words
    assert send(client, f"{ONE}/rule", rule="{}", version="1", loses="0") == 403


def test_behaviour_is_changed_in_place_and_taken_back(place: Place, client: FlaskClient) -> None:
    sign_in(client, "manager")
    text = text_of(client, ONE)
    form = text[text.index('id="habits"') :]
    fields = {name: hidden(form, name) for name in ("version", "csrf_token")}
    typed = {"idle_min": "2,5", "warn_s": "30", "more_s": "90", "cool_min": "5", "max_h": "4"}
    chosen = {"on_end": "cut", "on_revoke": "cut", "takeover": "allow", "presence": "slot"}
    assert client.post(f"{ONE}/habits", data=fields | typed | chosen).status_code == 303
    session = stored(place).session
    assert (session.idle_timeout_s, session.max_duration_s) == (150.0, 14400.0)
    assert (session.on_end, session.presence) == ("cut", "slot")
    undo = client.get(ONE).get_data(as_text=True)
    undo = undo[undo.index('id="undo"') :]
    back = {name: hidden(undo, name) for name in ("version", "csrf_token", *typed, *chosen)}
    assert client.post(f"{ONE}/habits", data=back).status_code == 303
    assert stored(place).session.max_duration_s is None


def test_what_was_typed_is_kept_when_it_is_no_number(place: Place, client: FlaskClient) -> None:
    sign_in(client, "manager")
    fields = {"version": str(stored(place).version), "csrf_token": token_of(client)}
    answer = client.post(f"{ONE}/habits", data=fields | {"idle_min": "soon", "warn_s": "77"})
    assert answer.status_code == 422
    text = answer.get_data(as_text=True)
    assert 'value="soon"' in text
    assert 'value="77"' in text
    assert "un nombre" in text


def act(client: FlaskClient, deed: str, **fields: str) -> int:
    """Press a button of the page; it leads back to it."""
    fields |= {"csrf_token": token_of(client), "back": "machine"}
    answer = client.post(f"/points/{LASER}/{deed}", data=fields)
    assert answer.status_code == 404 or answer.location == ONE
    return answer.status_code


def test_out_of_service_with_a_reason_and_back(place: Place, client: FlaskClient) -> None:
    sign_in(client, "desk")
    assert act(client, "out") == 303
    assert "indiquez le motif, il s’affiche sur place" in text_of(client, ONE)
    assert stored(place).in_service
    assert act(client, "out", reason="En panne") == 303
    assert stored(place).service_reason == "En panne"
    text = text_of(client, ONE)
    undo = text[text.index('id="undo"') :]
    assert hidden(undo, "back") == "machine"
    assert act(client, "back") == 303
    assert stored(place).in_service


def test_what_can_not_be_asked_now_says_why(place: Place, client: FlaskClient) -> None:
    sign_in(client, "desk")
    assert "personne ne l’utilise" in text_of(client, ONE)
    with place.database.write() as db:
        add_state(db, "running")
    assert "personne ne l’utilise" not in text_of(client, ONE)
    assert act(client, "finish") == 303
    assert act(client, "cut") == 303
    assert act(client, "dance") == 404
    with place.database.read() as db:
        asked = [command.type for command in db.query(CommandRow).order_by(CommandRow.id)]
    assert asked == ["end_session", "cut_power"]


def test_a_step_is_ticked_with_what_was_seen_and_all_of_them_put_it_into_service(
    place: Place, client: FlaskClient
) -> None:
    sign_in(client, "manager")
    assert send(client, f"{ONE}/commissioned", again="yes") == 303
    assert not stored(place).commissioned
    assert send(client, f"{ONE}/commissioning/badge") == 303
    assert "Indiquez ce que vous avez vu" in text_of(client, ONE)
    assert send(client, f"{ONE}/commissioned") == 303
    assert not stored(place).commissioned
    for step in ("badge", "power_on", "power_off", "estop", "agent_killed"):
        assert send(client, f"{ONE}/commissioning/{step}", **{f"remark-{step}": "vu"}) == 303
    assert send(client, f"{ONE}/commissioned") == 303
    assert stored(place).commissioned


def test_a_copied_badge_leads_to_what_a_safe_one_would_change(
    place: Place, client: FlaskClient
) -> None:
    sign_in(client, "manager")
    text = text_of(client, ONE)
    assert "2 des 2 personnes n’ont qu’un badge simple" in text
    assert "Une copie allumerait cette machine" in text
    form = text[text.index('id="copied"') :]
    form = form[: form.index("</form>")]
    query = dict(re.findall(r'name="([^"]+)" value="([^"]*)"', form))
    answer = client.get(ONE, query_string=query).get_data(as_text=True)
    assert "Enregistrer, 2 perdent l’accès" in answer


def test_name_room_and_box_are_changed(place: Place, client: FlaskClient) -> None:
    sign_in(client, "manager")
    version = str(stored(place).version)
    fields = {"name": "Grande laser", "zone": "", "agent": "box", "icon": "zap", "risk": "low"}
    assert send(client, f"{ONE}/facts", version=version, **fields) == 303
    assert (stored(place).name.fr, stored(place).zone_id) == ("Grande laser", None)
    assert send(client, f"{ONE}/facts", version=version, **fields) == 422


def test_its_state_and_what_can_be_asked_change_in_place(place: Place, client: FlaskClient) -> None:
    sign_in(client, "desk")
    part = {"HX-Request": "true"}
    assert "Libre" in client.get(f"{ONE}/now?part=state", headers=part).get_data(as_text=True)
    with place.database.write() as db:
        add_state(db, "running")
    state = client.get(f"{ONE}/now?part=state", headers=part).get_data(as_text=True)
    assert "En marche" in state
    assert "<main" not in state
    asked = client.get(f"{ONE}/now?part=actions", headers=part).get_data(as_text=True)
    assert "personne ne l’utilise" not in html.unescape(asked)
    assert client.get(f"{ONE}/now").status_code == 303


def test_what_the_box_has_just_seen_is_ticked_with_its_event(
    place: Place, client: FlaskClient
) -> None:
    sign_in(client, "manager")
    assert send(client, f"{ONE}/commissioned", again="yes") == 303
    part = {"HX-Request": "true"}
    assert "Confirmer cette étape" not in client.get(f"{ONE}/seen", headers=part).get_data(
        as_text=True
    )
    old, new = uuid7(), uuid7()
    with place.database.write() as db:
        for seq, (key, at) in enumerate(((old, NOW - timedelta(hours=2)), (new, NOW))):
            add_event(
                db,
                agent="box",
                stream="00000000-0000-4000-8000-000000000002",
                seq=seq,
                event_id=key,
                site=SITE,
                point=LASER,
                type="session_started",
                at=Utc.of(at),
                received_at=Utc.of(at),
                raw=b'{"type":"session_started"}',
            )
    text = client.get(f"{ONE}/seen", headers=part).get_data(as_text=True)
    assert text.count("Confirmer cette étape") == 1
    assert hidden(text, "event") == new
    assert "Vu à 14:00" in html.unescape(text)
    page = client.get(ONE).get_data(as_text=True)
    assert page.index('id="seen-power_on"') < page.index('id="step-power_on"')
    assert send(client, f"{ONE}/commissioning/power_on", event=new) == 303
    with place.database.read() as db:
        assert db.query(CommissioningTick).one().event_id == new
    assert send(client, f"{ONE}/commissioning/power_off", event=new) == 303
    with place.database.read() as db:
        assert db.query(CommissioningTick).count() == 1


def test_the_day_is_a_lane_and_words(place: Place, client: FlaskClient) -> None:
    with place.database.write() as db:
        add_session(db, Utc.of(NOW - timedelta(hours=2)), hours=1.5)
    sign_in(client, "desk")
    words = plain(text_of(client, ONE))
    assert "12:00 en marche, 1 h 30" in words.replace("\u00a0", " ").replace("\u202f", " ")


def test_twelve_weeks_say_what_it_worked_and_when_it_was_out_of_service(
    place: Place, client: FlaskClient
) -> None:
    with place.database.write() as db:
        add_session(db, Utc.of(NOW - timedelta(days=7)), hours=24)
        for back in (15, 22, 29):  # on Mondays at half past seven in the evening
            monday = NOW - timedelta(days=back, hours=-5.5)
            add_session(db, Utc.of(monday), hours=2, member=uuid7())
        for hours, is_in, reason in ((30, False, "tube"), (6, True, None)):
            access_points.set_service(
                db,
                LASER,
                in_service=is_in,
                reason=reason,
                actor=SYSTEM,
                now=Utc.of(NOW - timedelta(hours=hours)),
            )
    sign_in(client, "desk")
    words = plain(text_of(client, ONE)).replace("\u00a0", " ").replace("\u202f", " ")
    assert "En marche 8 h par semaine" in words  # of the four since it first served
    assert "Surtout le lundi soir." in words  # the longest, on a Tuesday, is one person's
    assert "Hors service 1 fois, 24 h : tube." in words
    assert "24,0 h 0,0 h 0,0 h" in words
    assert words.count("cette semaine") == 1


def test_maintenance_that_was_done_is_listed_by_whom(place: Place, client: FlaskClient) -> None:
    with place.database.write() as db:
        asked = NewMaintenance(access_point=LASER, name=Label(fr="Lentilles"), every_h=40)
        made = maintenance.create(db, asked, actor=SYSTEM, now=Utc.of(NOW - timedelta(days=2)))
        add_session(db, Utc.of(NOW - timedelta(days=1)), hours=3)
    sign_in(client, "desk")
    assert "Entretiens faits" not in text_of(client, ONE)
    assert send(client, f"/maintenance/{made.id}/done") == 303
    words = plain(text_of(client, ONE)).replace("\u00a0", " ")
    assert "Entretiens faits 24 novembre Lentilles, à 3 h · desk" in words


def test_what_was_told_is_settled_and_stays_to_be_read(place: Place, client: FlaskClient) -> None:
    with place.database.write() as db:
        told = NewUserReport(kind=ToldKind.FAULT, text="Le capot frotte", access_point=LASER)
        made = user_reports.create(db, told, actor=SYSTEM, now=NOW)
    sign_in(client, "desk")
    assert re.search("Personne ne s’en occupe.*Qui peut l’utiliser", text_of(client, ONE), re.S)
    assert send(client, f"/told/{made.id}/done", remark="Charnière graissée") == 303
    words = plain(text_of(client, ONE))
    assert re.search("Qui peut l’utiliser.*Rien ne reste à régler", words)
    assert re.search("Le capot frotte.*Charnière graissée.*desk", words)


def test_what_its_box_saw_stands_beside_what_people_told(place: Place, client: FlaskClient) -> None:
    with place.database.write() as db:
        for hours, ended in ((5, True), (1, False)):
            raised = Utc.of(NOW - timedelta(hours=hours))
            db.add(
                Alarm(
                    id=uuid7(),
                    key=f"event:{hours}",
                    site_id=SITE,
                    agent_id="box",
                    access_point_id=LASER,
                    kind="estop",
                    detail={},
                    raised_at=raised,
                    cleared_at=Utc.of(raised + timedelta(minutes=18)) if ended else None,
                )
            )
    sign_in(client, "desk")
    words = plain(text_of(client, ONE)).replace("\u00a0", " ")
    assert "Arrêt d’urgence 13:00 · toujours en cours Arrêt d’urgence, 18 min 09:00" in words


@pytest.mark.parametrize("step", StepName)
def test_what_the_agent_has_seen_is_not_asked_for_again_below(step: StepName) -> None:
    styles = (ROOT / "webui/machines/static/machines.css").read_text()
    assert f"#commissioning:has(#seen-{step}) #step-{step}" in styles


def test_the_state_stands_beside_the_title(place: Place, client: FlaskClient) -> None:
    sign_in(client, "manager")
    head, _now, _rest = client.get(ONE).get_data(as_text=True).partition('id="state"')
    assert re.search(r'class="chip is-off">.*?<span>Libre</span>', head.split("<h1>")[1], re.S)


def test_labels_stand_under_their_blocks_and_never_on_each_other() -> None:
    moment = Moment(look="worked", at="09:00", text="en marche, 2 min")
    blocks = [Block("worked", x, 1.0) for x in (0, 1, 35, 97)]
    labels = place_labels([(block, moment) for block in blocks])
    assert [(label.x, label.ends, label.line) for label in labels] == [
        (0, False, 0),
        (1, False, 1),
        (35, False, 0),
        (98, True, 0),
    ]
    assert place_labels([(block, moment) for block in blocks * 3]) == (), "the list says it then"
