"""The texts: complete in both languages, short, naming what is missing and what to do."""

from collections.abc import Callable

import pytest
from hypothesis import given

from controller.domain.access.decide import decide
from controller.domain.access.decision import Decision, Detail, Notice, NoticeKind
from controller.domain.access.decision import DenyReason as R
from controller.domain.facts import AccessPoint, Context, Holder, Name, PointKind, Site, Supervisor
from controller.domain.locale.catalogue import Translator
from controller.domain.locale.decision import (
    Text,
    cause_word,
    door_word,
    explain,
    fault_text,
    machine_word,
    notice_text,
    refusal_text,
    warning_text,
)
from controller.domain.locale.time import (
    format_duration,
    format_near,
    format_since,
    format_upcoming,
    in_days,
    of_month,
)
from controller.domain.states import (
    DoorPhase,
    EndCause,
    FaultKind,
    MachinePhase,
    Refusal,
    WarningKind,
)
from controller.domain.time import Utc
from tests.domain.access.decide_laws import contexts, holders, moments, points, sites
from tests.domain.domain_builders import NOW, Scene, after, site
from tests.domain.locale.words import FULL
from tests.support.translation import EN, FR, WORDS


def told(reason: R, words: Translator, detail: Detail = FULL, **point: object) -> Text:
    """A denial in words."""
    decision = Decision(granted=False, at=NOW, reason=reason, detail=detail)
    return explain(decision, Scene().with_point(**point).point, site(), words)


@pytest.mark.parametrize("detail", [FULL, Detail()], ids=["full", "bare"])
@pytest.mark.parametrize("reason", R)
def test_every_reason_says_what_and_what_to_do_in_both_languages(reason: R, detail: Detail) -> None:
    fr, en = told(reason, FR, detail), told(reason, EN, detail)
    assert fr.title != en.title
    assert len(fr.lines) == len(en.lines) >= 1
    for text in (fr, en):
        assert len(text.title) <= 30
        assert all(0 < len(line) <= 60 and line[0].isupper() for line in text.lines)
        assert all("None" not in line and "!" not in line for line in text.lines)


def test_a_missing_certification() -> None:
    assert told(R.CERTIFICATION_MISSING, FR, Detail(certifications=(("laser",),))) == Text(
        title="Habilitation manquante",
        lines=("Il faut\u00a0: Découpe laser.", "Un formateur peut vous habiliter."),
    )
    assert told(R.CERTIFICATION_MISSING, EN).lines == (
        "Needed: Laser cutting, Wood or Rules signed.",
        "Yours starts tomorrow at 11:00.",
        "Enrol: next session Saturday 28 November at 11:00.",
        "A trainer can certify you.",
    )


def test_an_id_that_nobody_named_is_its_own_name() -> None:
    text = told(R.DOCUMENT_MISSING, FR, Detail(certifications=(("charte",),)))
    assert text.lines[0] == "Il faut\u00a0: charte."


@pytest.mark.parametrize(
    ("detail", "first"),
    [
        (Detail(host_needed=True), "Un hôte doit badger ici avant vous."),
        (Detail(supervisor=Supervisor.EACH_START), "L’encadrant doit badger ici avant vous."),
        (Detail(supervisor=Supervisor.WINDOW, zone="workshop"), "Personne n’encadre Atelier."),
    ],
)
def test_who_must_come(detail: Detail, first: str) -> None:
    assert told(R.SUPERVISOR_REQUIRED, FR, detail).lines[0] == first


def test_a_full_room_is_named() -> None:
    assert told(R.ZONE_FULL, FR).lines[0] == "Nombre de places (Atelier)\u00a0: 10."
    assert told(R.ZONE_FULL, FR, Detail(capacity=10)).lines[0] == "Nombre de places\u00a0: 10."


def test_a_maintainer_is_told_to_check_and_others_to_leave_it_alone() -> None:
    mine = told(R.FAULT_LATCHED, EN, Detail(can_reset=True))
    assert mine.lines == ("Check the machine before resetting.",)
    assert "Do not use this door." in told(R.FAULT_LATCHED, EN, Detail(), kind=PointKind.DOOR).lines


def test_another_door_instead_of_another_machine() -> None:
    assert "Prenez une autre porte." in told(R.OUT_OF_SERVICE, FR, kind=PointKind.DOOR).lines
    assert told(R.OUT_OF_SERVICE, FR).lines[0] == "Lentille cassée"


def test_which_plans_would_do() -> None:
    text = told(R.SUBSCRIPTION_MISSING, FR, Detail(plans=("full", "night")))
    assert text.lines[0] == "Il faut\u00a0: Complet ou Nuit."


def test_a_suspended_member_is_not_told_why() -> None:
    assert told(R.MEMBER_SUSPENDED, EN).lines == ("Please talk to a manager.",)


def test_a_grant_welcomes_says_until_when_and_what_ends() -> None:
    scene = Scene().with_holder(subscription_until=after(days=12))
    assert explain(scene.decide(), scene.point, scene.site, FR) == Text(
        title="Bienvenue, c’est à vous",
        lines=("Jusqu’à 18:00.", "Votre abonnement finit dans 12 jours."),
    )
    door = scene.with_point(kind=PointKind.DOOR)
    assert explain(door.decide(), door.point, door.site, EN).title == "Welcome"


def test_until_when_is_not_said_twice_nor_when_it_is_far() -> None:
    soon = Scene().at(after(hours=6, minutes=30))
    assert explain(soon.decide(), soon.point, soon.site, EN).lines == ("Hours end at 18:00.",)
    always = Scene().with_site(opening=None)
    assert explain(always.decide(), always.point, always.site, EN).lines == ()


@pytest.mark.parametrize("kind", NoticeKind)
def test_notices(kind: NoticeKind) -> None:
    notice = Notice(kind=kind, at=after(days=1), days=1, certification="laser")
    fr, en = notice_text(notice, site(), FR), notice_text(notice, site(), EN)
    assert fr != en
    assert ("demain" in fr and "tomorrow" in en) or ("11:00" in fr and "11:00" in en)
    unnamed = Notice(kind=kind, at=NOW, certification="no-such")
    assert notice_text(unnamed, site(), FR)


def test_a_notice_of_a_certification_names_it() -> None:
    notice = Notice(kind=NoticeKind.CERTIFICATION_ENDS, at=NOW, certification="laser")
    assert notice_text(notice, site(), FR) == "Découpe laser\u00a0: expire aujourd’hui."
    unnamed = Notice(kind=NoticeKind.CERTIFICATION_ENDS, at=NOW, certification="no-such")
    assert notice_text(unnamed, site(), EN) == "no-such: expires today."


@pytest.mark.parametrize(
    ("words", "all_of"),
    [
        (machine_word, MachinePhase),
        (door_word, DoorPhase),
        (cause_word, EndCause),
        (lambda kind, words: fault_text(kind, words).title, FaultKind),
        (lambda why, words: refusal_text(why, words).title, Refusal),
        (lambda kind, words: warning_text(kind, 900, words).title, WarningKind),
    ],
)
def test_every_state_has_its_words(
    words: Callable[[object, Translator], str], all_of: list[object]
) -> None:
    for one in all_of:
        fr, en = words(one, FR), words(one, EN)
        assert fr
        assert en
        assert fr != en


def test_the_words_of_the_board() -> None:
    assert machine_word(MachinePhase.OFF, FR) == "Libre"
    assert warning_text(WarningKind.IDLE, 60, FR) == Text(
        title="Arrêt dans 1\u00a0min", lines=("Badgez pour continuer.",)
    )
    assert warning_text(WarningKind.IDLE, 45, EN).title == "Stops in 45\u00a0s"


def test_a_name_in_one_language_is_enough() -> None:
    assert Name(fr="Scie").read(EN.language) == "Scie"
    assert Name().read(FR.language) == ""


PARIS = "Europe/Paris"


@pytest.mark.parametrize(
    ("moment", "fr", "en"),
    [
        (after(hours=1), "à 12:00", "at 12:00"),
        (after(days=1), "demain à 11:00", "tomorrow at 11:00"),
        (after(days=7), "mardi 1er décembre à 11:00", "Tuesday 1 December at 11:00"),
        (after(days=60), "samedi 23 janvier 2027 à 11:00", "Saturday 23 January 2027 at 11:00"),
    ],
)
def test_moments_to_come(moment: Utc, fr: str, en: str) -> None:
    assert (format_upcoming(moment, NOW, PARIS, FR), format_upcoming(moment, NOW, PARIS, EN)) == (
        fr,
        en,
    )


@pytest.mark.parametrize(
    ("moment", "fr", "en"),
    [
        (after(hours=-1), "depuis 10:00", "since 10:00"),
        (after(days=-1), "depuis hier", "since yesterday"),
        (after(days=-10), "depuis le 14 novembre", "since 14 November"),
    ],
)
def test_moments_that_are_over(moment: Utc, fr: str, en: str) -> None:
    assert (format_since(moment, NOW, PARIS, FR), format_since(moment, NOW, PARIS, EN)) == (fr, en)


@pytest.mark.parametrize(
    ("seconds", "fr"),
    [
        (-1, "0\u00a0s"),
        (45, "45\u00a0s"),
        (60, "1\u00a0min"),
        (3600, "1\u00a0h"),
        (90_000, "25\u00a0h"),
        (3e5, "3 jours"),
    ],
)
def test_durations(seconds: float, fr: str) -> None:
    assert format_duration(seconds, FR) == fr


def test_days_to_come() -> None:
    assert [in_days(n, EN) for n in (0, 1, 12)] == ["today", "tomorrow", "in 12 days"]


@given(holders, points, sites, moments, contexts)
def test_every_decision_can_be_told(
    holder: Holder, point: AccessPoint, site: Site, now: Utc, context: Context
) -> None:
    decision = decide(holder, point, site, now, context)
    for words in map(WORDS.of, WORDS.languages):
        assert explain(decision, point, site, words).title


def test_a_start_condition_is_named_without_its_kind() -> None:
    detail = Detail(inputs=("start", "start-lid", "start-x-axis"))
    assert told(R.INTERLOCK_OPEN, EN, detail) == Text(
        title="Not ready to start",
        lines=(
            "Put the machine in its starting position.",
            "Check: lid, x axis.",
            "Then tap again.",
            "Tell a manager.",
        ),
    )
    both = told(R.INTERLOCK_OPEN, FR, Detail(inputs=("interlock-porte", "start-capot")))
    assert both.title == "Sécurité ouverte"
    assert "À vérifier\u00a0: porte, capot." in both.lines


@pytest.mark.parametrize(
    ("at", "fr", "en"),
    [
        ("2026-11-19T17:30:00.000Z", "jeudi dernier à 18:30", "last Thursday at 18:30"),
        ("2026-11-26T17:30:00.000Z", "jeudi à 18:30", "Thursday at 18:30"),
        ("2026-11-23T17:30:00.000Z", "hier à 18:30", "yesterday at 18:30"),
        ("2026-11-22T17:30:00.000Z", "avant-hier à 18:30", "two days ago at 18:30"),
        # as after « depuis », « terminé », « devait être rendu »
        ("2026-11-01T17:30:00.000Z", "le 1er novembre à 18:30", "1 November at 18:30"),
        ("2025-11-03T17:30:00.000Z", "le 3 novembre 2025 à 18:30", "3 November 2025 at 18:30"),
    ],
)
def test_last_thursday_is_not_said_like_the_next(at: str, fr: str, en: str) -> None:
    moment = Utc.parse(at)
    assert format_near(moment, NOW, PARIS, FR) == fr
    assert format_near(moment, NOW, PARIS, EN) == en


@pytest.mark.parametrize(
    ("month", "french"),
    [("2026-04", "d’avril 2026"), ("2026-08", "d’août 2026"), ("2026-11", "de novembre 2026")],
)
def test_french_elides_before_the_name_of_a_month(month: str, french: str) -> None:
    assert of_month(month, FR) == french
    assert of_month("2026-10", EN) == "of October 2026"
