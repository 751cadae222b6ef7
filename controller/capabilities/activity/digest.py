"""The activity list as an e-mail, in the recipient's language."""

from collections.abc import Iterator

from controller.capabilities.activity.formatting import Speaker
from controller.capabilities.activity.rows import ActivityList, Row, Section
from controller.kernel.activity import Weight
from controller.kernel.message import Letter, Link, Listing


def letter(found: ActivityList, speaker: Speaker, place: str) -> Letter:
    """The e-mail: rows that nobody has seen, then other useful ones."""
    since = speaker.at(found.since)
    say = speaker.translator.say
    return Letter(
        subject=say("%(site)s: what happened since %(since)s", site=place, since=since),
        lines=(summary(found, speaker),),
        lists=tuple(_lists(found, speaker)),
        link=Link(say("See and tick off all of it"), "/since"),
    )


def summary(found: ActivityList, speaker: Speaker) -> str:
    """How much there is to do and to know, in a sentence."""
    todo = found.weighing(Weight.BAD, Weight.TODO)
    know = found.weighing(Weight.KNOW)
    if not todo and not know:
        return speaker.translator.say("Nothing waits.")
    return speaker.translator.say("%(todo)s to do, %(know)s to know.", todo=todo, know=know)


def _lists(found: ActivityList, speaker: Speaker) -> Iterator[Listing]:
    for section in found.sections:
        items = [_item(row, speaker) for row in section.rows if row.seen is None]
        if items and section.more:
            items.append((_more(section, speaker), ""))
        if items:
            yield Listing(speaker.part(section.part), tuple(items))


def _item(row: Row, speaker: Speaker) -> tuple[str, str]:
    facts = " · ".join(speaker.say(fact) for fact in row.of.facts)
    return speaker.say(row.of.title), facts


def _more(section: Section, speaker: Speaker) -> str:
    return speaker.translator.count("and %(n)s more", "and %(n)s more", section.more)
