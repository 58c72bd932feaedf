"""/privacy: who is responsible, what she agreed to, purpose by purpose, and taking it back.

Rules kept here:

* A consent is never changed, only followed by another one; the last of a purpose holds.
* Its version is that of the flow whose words she read. What nobody asked her is not given.
* Taking back the core consent ends taking part: she stops, or is deleted.
"""

from __future__ import annotations

from flows.effects import Begin, Effect, ErasePerson, RecordConsent, Say, SendMyData
from flows.people import PURPOSES, PersonState
from flows.rules.pausing import RHYTHM_NEEDS, STANDING_NEEDS, resume, stop
from flows.rules.situation import ChoicesRule, DecisionRule, EffectRule, Facts, Offer, Rules, Situation, ValueRule
from flows.values import Listed, Text, Value

CLOSE = "close"


def controller(situation: Situation) -> Value:
    return controller_of(situation.facts)


def controller_of(facts: Facts) -> Value:
    """Who answers for the data: as the programme has set, else the programme itself with its sides."""
    named = facts["settings.controller"]
    if isinstance(named, str) and named:
        return named
    sides = facts["settings.sides"]
    names = tuple(str(one) for one in sides) if isinstance(sides, tuple) else ()
    return Text("policy.programme_itself", {"programme": str(facts["programme.name"]), "sides": Listed(names)})


def address(situation: Situation) -> Value:
    return address_of(situation.facts)


def address_of(facts: Facts) -> Value:
    """Where to ask: /contact, and an address by post where there is one."""
    email = facts["settings.contact_email"]
    if isinstance(email, str) and email:
        return Text("policy.address_email", {"email": email})
    return Text("policy.address")


def address_outside(situation: Situation) -> Value:
    """Where to ask when nobody reads /contact yet."""
    email = situation.facts["settings.contact_email"]
    return email if isinstance(email, str) and email else Text("policy.whoever_invited")


def months(situation: Situation) -> Value:
    """How long words are kept after the programme's end."""
    return situation.number("settings.retention_months") or 0


# -- consents --------------------------------------------------------------------------------------------------------


def purposes(situation: Situation) -> tuple[Offer, ...]:
    """Each purpose with what holds for it now, and a way out."""
    return tuple(Offer(one, purpose_label(one, situation)) for one in (*PURPOSES, CLOSE))


def purpose_label(purpose: str, situation: Situation) -> Value:
    if purpose == CLOSE:
        return Text("engine.done")
    state = Text("consents.yes" if _holds(purpose, situation) else "consents.no")
    return Text("consents.line", {"purpose": Text(f"consents.{purpose}"), "state": state})


def _holds(purpose: str, situation: Situation) -> bool:
    answered = situation.answers.get(purpose)
    if purpose != "core" and answered in {"yes", "no"}:
        return answered == "yes"
    return situation.facts[f"consents.{purpose}"] is True


def to_research(situation: Situation) -> str:
    """Whether she has agreed that her answers may be used."""
    return "yes" if situation.facts["consents.research"] is True else "no"


def which(situation: Situation) -> str:
    return situation.answers["which"]


def keep(situation: Situation) -> tuple[Effect | Begin, ...]:
    """Note what she decided about the purpose that she answered last; looking at it changes nothing."""
    last = situation.session.path[-1]
    purpose, decided = situation.flow.step(last.step).save, last.choice
    if purpose is None or decided not in {"yes", "no"}:
        return ()
    return (RecordConsent(purpose, situation.session.version, given=decided == "yes"),)


def withdraw_and_stop(situation: Situation) -> tuple[Effect | Begin, ...]:
    """She takes back her consent to take part: nothing is asked any more. Who is not in yet is forgotten: there is
    nothing else to keep."""
    if situation.facts["person.state"] == PersonState.JOINING:
        return (ErasePerson(on_request=True),)
    return (RecordConsent("core", situation.session.version, given=False), *stop(situation.facts))


def agree_again(situation: Situation) -> tuple[Effect | Begin, ...]:
    """She had taken back her consent and gives it anew: everything goes on."""
    return (
        RecordConsent("core", situation.session.version, given=True),
        *resume(situation.facts, situation.now),
    )


def stay_stopped(_: Situation) -> tuple[Effect | Begin, ...]:
    """Without her consent nothing goes on."""
    return (Say(Text("stop.already")),)


def send_my_data(_: Situation) -> tuple[Effect | Begin, ...]:
    """Everything that is held about her, as two files."""
    return (SendMyData(),)


_CONSENTS = ("consents.core", "consents.research", "consents.quotes")

RULES = Rules(
    effects={
        "consents.keep": EffectRule(keep),
        "consents.withdraw_and_stop": EffectRule(withdraw_and_stop, needs=STANDING_NEEDS),
        "consents.agree_again": EffectRule(
            agree_again, needs=("twin.id", "pair.id", "goals.list", *STANDING_NEEDS, *RHYTHM_NEEDS)
        ),
        "consents.stay_stopped": EffectRule(stay_stopped),
        "mydata.send": EffectRule(send_my_data),
    },
    decisions={
        "consents.to_research": DecisionRule(to_research, ("yes", "no"), needs=("consents.research",)),
        "consents.which": DecisionRule(which, ("core", "research", "quotes", "close")),
    },
    choices={
        "consents.purposes": ChoicesRule(purposes, purpose_label, needs=_CONSENTS),
    },
    values={
        "policy.address": ValueRule(address, needs=("settings.contact_email",)),
        "policy.address_outside": ValueRule(address_outside, needs=("settings.contact_email",)),
        "policy.controller": ValueRule(controller, needs=("settings.controller", "settings.sides", "programme.name")),
        "policy.months": ValueRule(months, needs=("settings.retention_months",)),
    },
)
