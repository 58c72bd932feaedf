"""The check-in: what its help choices do, and what it leaves behind. domain.md section 5."""

from __future__ import annotations

from flows.effects import Begin, ChangePerson, Effect, Keep, RecordCheckIn, RecordReflections, Say, Tell
from flows.events.pairs import HelloReceived
from flows.people import PersonId
from flows.rules import topics
from flows.rules.coordinating import HELP, WISH
from flows.rules.heard import HEARD_NEEDS, flags, heard
from flows.rules.out_of_touch import before_this, noticed
from flows.rules.pausing import RHYTHM_NEEDS, pause_for
from flows.rules.reflecting import OWN_NEEDS
from flows.rules.sharing import corrected
from flows.rules.silence import welcomed
from flows.rules.situation import EffectRule, RecordRule, Rules, Situation
from flows.session import Outcome, Session
from flows.values import Text


def help_chosen(situation: Situation) -> tuple[Effect | Begin, ...]:
    """Do what the twin said would help, as far as nobody else has to be asked first."""
    session = situation.session.number
    match situation.answers.get("help"):
        case "topic":
            card = topics.card(situation.session.period, situation.facts, situation.now)
            return (Say(card, session=session),)
        case "hello":
            return say_hello(situation)
        case "coordinator":
            reason = situation.answers.get("reason", "")
            return (Begin("tell_coordinator", {"reason": reason}),)
        case "pause_2":
            return pause_for(2, situation)
        case "pause_4":
            return pause_for(4, situation)
        case _:
            return ()


def say_hello(situation: Situation) -> tuple[Effect | Begin, ...]:
    """Pass a hello to the partner. It says nothing but who sent it."""
    partner = situation.number("twin.id")
    if partner is None:
        return (Say(Text("hello.no_twin"), session=situation.session.number),)
    return (
        Tell(
            PersonId(partner),
            HelloReceived(
                situation.text("person.name"), PersonId(situation.number("person.id") or 0), situation.session.number
            ),
        ),
        Say(Text("hello.sent", {"twin": situation.text("twin.name")}), session=situation.session.number),
    )


def record(situation: Situation) -> tuple[Effect | Begin | Keep, ...]:
    """The whole check-in as it now stands, and the reflections that its answers state."""
    session = situation.session
    if session.period is None or session.planned_at is None or session.outcome is None:
        return ()
    answers = {save: kept for save, kept in situation.answers.items() if save in CHECK_IN_ANSWERS}
    reflections = RecordReflections(session.number, _directions(situation), situation.answers.get("kind"))
    status = _status(session)
    return (
        RecordCheckIn(
            period=session.period,
            session=session.number,
            status=status,
            planned_at=session.planned_at,
            sent_at=session.sent_at,
            first_touched_at=session.first_touched_at,
            answered_at=session.ended_at if session.outcome is Outcome.COMPLETED else None,
            late=session.late,
            answers=answers,
        ),
        reflections,
        *corrected(situation, reflections),
        *(heard(situation.facts) if status in {"answered", "partial"} or session.first_touched_at else ()),
        *(welcomed(situation.facts, session.number) if status == "answered" else ()),
        *(noticed(situation) if status == "answered" else ()),
        *(_offer_a_word(situation) if status == "answered" else ()),
        *_numbers_offered_once(situation),
    )


def _offer_a_word(situation: Situation) -> tuple[Begin, ...]:
    """Whoever would rather talk to a coordinator, or feels very bad twice in a row, is asked what may be told."""
    session, answers = situation.session, situation.answers
    if session.late or answers.get("help") in CHOSEN_HELP or HELP in flags(situation.facts):
        return ()
    if answers.get("reason") == WISH:
        return (Begin("tell_coordinator", {"reason": WISH}),)
    before = answers.get("feeling") == VERY_BAD and before_this(situation)
    return (Begin("tell_coordinator", {"reason": ""}),) if before and before.feeling == VERY_BAD else ()


VERY_BAD = "very_bad"
"""The first of the five faces."""

CHOSEN_HELP = frozenset({"coordinator", "pause_2", "pause_4"})
"""What helps, by which she has said so already or is away."""


def _numbers_offered_once(situation: Situation) -> tuple[Effect, ...]:
    """After her first whole check-in: that numbers are quicker. Whoever typed them all knows already."""
    if situation.session.outcome is not Outcome.COMPLETED or situation.facts["person.numbers_offered"]:
        return ()
    known: Effect = ChangePerson({"numbers_offered": True})
    path = situation.session.path
    one_line = path[0].message is not None and len({answered.message for answered in path}) == 1
    offer = Say(Text("numbers.offer"), session=situation.session.number)
    return (known,) if one_line else (known, offer)


def _status(session: Session) -> str:
    """Partial with some answer, missed with none; a prompt that never reached her was not missed by her."""
    if session.path or session.outcome is Outcome.COMPLETED:
        return "answered" if session.outcome is Outcome.COMPLETED else "partial"
    return "missed" if session.sent_at is not None else "unsent"


CHECK_IN_ANSWERS = frozenset({"contact", "flows", "kind", "feeling", "reason", "help"})
"""The save names that have a column of their own: all are choice ids, none is a person's words."""


def _directions(situation: Situation) -> tuple[str, ...]:
    """What the chosen answers say flowed, in the order of the path."""
    directions: list[str] = []
    for answered in situation.session.path:
        for choice in situation.flow.choices(answered.step):
            if choice.id == answered.choice:
                directions.extend(choice.record)
    return tuple(dict.fromkeys(directions))


RULES = Rules(
    effects={
        "check_in.help": EffectRule(
            help_chosen, needs=("twin.id", "twin.name", "person.name", "person.state", *RHYTHM_NEEDS)
        ),
    },
    records={
        "check_in": RecordRule(
            record,
            needs=(
                *("person.id", "person.numbers_offered", "twin.id", "twin.name", "twin.state", "pair.since"),
                *("agreement.quiet_days", "contact.answered", "contact.latest", *HEARD_NEEDS, *OWN_NEEDS),
            ),
        ),
    },
)
