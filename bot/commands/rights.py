"""Commands that belong to everybody: stopping, language and time, privacy, one's own data, contact.

Rules kept here:

* They work in every state, also before somebody is in, as far as there is something to be done.
* What takes effect takes effect at once; nobody has to say why.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from flows import planner, prompting
from flows.conversation import take
from flows.effects import RaiseFlag, SendMyData
from flows.events.own import CommandGiven
from flows.flags import BACK
from flows.people import Role
from flows.rules.alumni import is_alumna
from flows.rules.cadence import due_at
from flows.rules.consenting import address_of, controller_of
from flows.rules.holidays import days_off
from flows.rules.mondays import plan_digest
from flows.rules.pausing import absence, forget_absence, is_away, plan_check_in, resume, rule_of
from flows.rules.pausing import stop as stop_everything
from flows.rules.quiet import quiet_of
from flows.rules.rhythm import LAST_DUE, LAST_PERIOD
from flows.session import Session, Status
from flows.talk import ASIDE, is_page
from flows.values import Listed, LocalTime, Text, Value

if TYPE_CHECKING:
    from flows.talk import Talk


def stop(talk: Talk, _: CommandGiven) -> None:
    """Ends all prompts and keeps the data. Before somebody is in there is only the conversation to be ended."""
    if talk.is_joining:
        take(talk, CommandGiven("leave"))
    elif talk.has_stopped:
        talk.say("stop.already")
    else:
        talk.do(*stop_everything(talk.facts))
        prompting.end_held(talk)


def take_up(talk: Talk) -> None:
    """Goes on after a pause or a stop; who took back her consent is asked for it first. After long no earlier check-in
    is asked again: it is one easy thing that comes first, at her own hour."""
    if talk.has_withdrawn:
        talk.ask_consent()
        return
    resumed, front = resume(talk.facts, talk.now), talk.conversation.front
    talk.do(*forget_absence(talk.facts), *resumed)
    if RaiseFlag(BACK) not in resumed or front is None or front.period is None:
        talk.ask_front_again()


def language(talk: Talk, _: CommandGiven) -> None:
    talk.begin("language")


def lite(talk: Talk, _: CommandGiven) -> None:
    talk.begin("lite")


def time(talk: Talk, _: CommandGiven) -> None:
    if talk.is_joining:
        talk.say_first("rhythm.joining" if talk.conversation.front is not None else "talk.joining_left")
        return
    talk.begin("time", _of_last_check_in(talk))


def _last_check_in(talk: Talk) -> Session | None:
    asked = [one for one in talk.sessions.values() if one.flow == prompting.CHECK_IN and one.period is not None]
    return max(asked, key=lambda one: one.period or "", default=None)


def _of_last_check_in(talk: Talk) -> dict[str, str]:
    """Its period and its moment, so that a changed rhythm asks no week twice."""
    last, rule = _last_check_in(talk), rule_of(talk.facts)
    if last is None or last.period is None or rule is None:
        return {}
    due = last.planned_at or due_at(rule, last.period)
    return {LAST_PERIOD: last.period, LAST_DUE: due.isoformat()}


def privacy(talk: Talk, _: CommandGiven) -> None:
    talk.begin("privacy")


def my_data(talk: Talk, _: CommandGiven) -> None:
    talk.do(SendMyData())
    talk.ask_front_again()


def delete(talk: Talk, _: CommandGiven) -> None:
    talk.begin("delete")


def about(talk: Talk, _: CommandGiven) -> None:
    talk.begin("about")


def contact(talk: Talk, _: CommandGiven) -> None:
    talk.begin("contact")


def developer_info(talk: Talk, _: CommandGiven) -> None:
    """Telegram's terms want to know who stands behind a bot."""
    facts = talk.facts
    talk.say_first("policy.developer", controller=controller_of(facts), address=address_of(facts))


# -- what comes next -------------------------------------------------------------------------------------------------


def what_is_next(talk: Talk, _: CommandGiven) -> None:
    """What waits for her now and why, and when the next thing comes, in one message."""
    lines = (*_waiting(talk), *absence(talk.facts), *_coming(talk)) or (Text("next.nothing"),)
    talk.say_first("next.page", lines=Listed(lines, "\n"))


def _waiting(talk: Talk) -> tuple[Value, ...]:
    lines: list[Value] = []
    if talk.is_joining:
        return (Text("next.joining" if talk.conversation.front is not None else "talk.joining_left"),)
    front = talk.conversation.front
    if front is not None and not is_page(front):
        lines.append(Text("next.open"))
    aside = [one for one in talk.sessions.values() if one.status is Status.OPEN and one.raised == ASIDE]
    if not all(map(is_page, aside)):
        lines.append(Text("next.beside"))
    if prompting.first_held(talk) is not None:
        lines.append(Text("next.held"))
    return tuple(lines)


def _coming(talk: Talk) -> tuple[Value, ...]:
    facts = talk.facts
    if talk.is_joining:
        return ()
    if talk.has_stopped:
        return (Text("next.stopped"),)
    if talk.is_paused:
        until = facts["person.paused_until"]
        if until is None:
            return (Text("next.paused_open"),)
        return (Text("next.paused", {"day": LocalTime(until, "weekday_time")}),)  # type: ignore[arg-type]
    if facts["person.role"] == Role.COORDINATOR:
        due = plan_digest(quiet_of(facts), talk.now, off=days_off(facts)).due_at
        return (Text("next.digest", {"day": LocalTime(due, "weekday_time")}), Text("next.reader"))
    if facts["person.role"] != Role.TWIN:
        return (Text("next.reader"),)
    if facts["twin.id"] is None:
        return (*planner.waiting(talk), Text("next.no_twin"))
    if not facts["programme.ready"]:
        return (Text("next.no_coordinator"),)
    last = _last_check_in(talk)
    planned = plan_check_in(facts, talk.now, None if last is None else last.period)
    waits = planner.waiting(talk)
    if planned is None or is_alumna(facts) or is_away(facts, planned.due_at):
        return waits
    return (*waits, Text("next.check_in", {"day": LocalTime(planned.due_at, "weekday_time")}))
