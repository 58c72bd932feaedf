"""Many choices at one question, pages of choices, voice notes, and sessions that stand aside."""

from __future__ import annotations

from dataclasses import replace

import pytest

from flows import rules
from flows.asking import MORE, MOST
from flows.conversation import Conversation
from flows.effects import AcknowledgeTap, Button, Keep, MarkChosen, SaveAnswer, Say
from flows.errors import LibraryBroken
from flows.events.own import CommandGiven, Edited, SentVoice, Tapped, Typed
from flows.rules.situation import ChoicesRule, EffectRule, Offer, Situation
from flows.session import Session, Status
from flows.talk import ASIDE
from flows.values import Text
from tests.flows.playing import NOW, Played, flow_of

CHANNELS = """
goal = "Many of several."
[[steps]]
id = "ask_channels"
choose = "Where do you talk?"
save = "channels"
many = true
skip = {skip}
choices = [ {{ id = "chat", text = "Chat" }}, {{ id = "call", text = "Call" }}, {{ id = "mail", text = "Mail" }} ]
[[steps]]
id = "done"
say = "{said}"
"""


def channels(*, skip: bool = False, said: str = "Good: {channels}.") -> Played:
    return Played(CHANNELS.format(skip=str(skip).lower(), said=said))


def kept(played: Played) -> list[str | None]:
    return [effect.choice for effect in played.turn.effects if isinstance(effect, SaveAnswer)]


def shown(played: Played) -> tuple[Button, ...]:
    """The buttons as the last effect that has any leaves them."""
    found = [one.buttons for one in played.turn.effects if isinstance(one, Say | MarkChosen) and one.buttons]
    return found[-1]


# -- many choices ------------------------------------------------------------------------------------------------------


def test_each_tap_picks_one_more_or_takes_it_out_and_done_keeps_them() -> None:
    played = channels()
    assert [one.choice for one in shown(played)] == [1, 2, 3]
    played.takes(Tapped(1, "ask_channels", 3))
    assert [one.chosen for one in shown(played)] == [False, False, True, False]
    assert shown(played)[-1].label == Text("engine.done")
    played.takes(Tapped(1, "ask_channels", 2))
    played.takes(Tapped(1, "ask_channels", 1))
    played.takes(Tapped(1, "ask_channels", 2))
    assert played.session.picked == ("chat", "mail")
    assert not kept(played)
    played.takes(Tapped(1, "ask_channels", 0))
    assert kept(played) == ["chat,mail"]
    assert played.session.status is Status.ENDED
    assert "done" in played.says


def test_numbers_typed_name_all_that_is_picked() -> None:
    played = channels()
    played.takes(Typed("3, 1", 1))
    assert kept(played) == ["chat,mail"]
    joined = channels()
    joined.takes(Typed("٣٢", 1))
    assert kept(joined) == ["call,mail"]


def test_after_the_last_that_may_be_picked_it_is_done_and_one_beyond_begins_anew() -> None:
    played = Played(CHANNELS.format(skip="false", said="Good.").replace("many = true", "many = 2"))
    played.takes(Tapped(1, "ask_channels", 3))
    assert not kept(played)
    played.takes(Tapped(1, "ask_channels", 1))
    assert kept(played) == ["chat,mail"]
    assert played.session.status is Status.ENDED
    played.takes(Tapped(1, "ask_channels", 2))
    assert played.session.picked == ("call",)
    played.takes(Tapped(1, "ask_channels", 3))
    assert kept(played) == ["call,mail"]


def test_more_numbers_than_may_be_picked_keep_nothing_and_it_is_asked_again() -> None:
    played = Played(CHANNELS.format(skip="false", said="Good.").replace("many = true", "many = 2"))
    played.takes(Typed("1 2 3", 1))
    assert not kept(played)
    assert "ask_channels" in played.says
    played.takes(Typed("1 2 1", 2))
    assert kept(played) == ["chat,call"]


def test_a_number_that_is_none_of_them_keeps_nothing_and_asks_again() -> None:
    played = channels()
    played.takes(Typed("1 7", 1))
    assert not kept(played)
    assert "ask_channels" in played.says
    assert played.session.misses == 1


def test_nothing_picked_is_no_answer_unless_it_may_be_skipped() -> None:
    played = channels()
    played.takes(Tapped(1, "ask_channels", 0))
    assert played.session.status is Status.OPEN
    assert not kept(played)
    optional = channels(skip=True, said="Good.")
    optional.takes(Tapped(1, "ask_channels", 0))
    assert optional.session.path[0].is_skipped
    typed = channels(skip=True, said="Good.")
    typed.takes(Typed("0", 1))
    assert typed.session.path[0].is_skipped


def test_a_tap_after_the_end_takes_up_what_was_picked() -> None:
    played = channels()
    played.takes(Typed("1 2", 1))
    played.takes(Tapped(1, "ask_channels", 2))
    assert played.session.picked == ("chat",)
    assert played.session.status is Status.OPEN
    played.takes(Tapped(1, "ask_channels", 0))
    assert kept(played) == ["chat"]


def test_an_edited_line_is_read_anew() -> None:
    played = channels()
    played.takes(Typed("1 2", 1))
    played.takes(Edited("3", 1))
    assert kept(played) == ["mail"]


def test_a_choice_of_many_leads_nowhere_of_its_own() -> None:
    with pytest.raises(LibraryBroken, match="write its next on the step"):
        flow_of(CHANNELS.format(skip="false", said="x").replace('text = "Chat"', 'text = "Chat", next = "done"'))


# -- pages -------------------------------------------------------------------------------------------------------------

TWENTY = """
goal = "One of twenty."
[[steps]]
id = "ask_who"
choose = "Who?"
save = "who"
choices = { rule = "tests.twenty" }
"""


@pytest.fixture
def twenty(monkeypatch: pytest.MonkeyPatch) -> Played:
    def offers(_: Situation) -> tuple[Offer, ...]:
        return tuple(Offer(f"p{number}", f"Twin {number}") for number in range(1, 21))

    made = ChoicesRule(offers, lambda choice, _: choice)
    monkeypatch.setitem(rules.CHOICES, "tests.twenty", made)
    return Played(TWENTY)


def test_of_many_a_page_is_shown_and_more_shows_the_next(twenty: Played) -> None:
    assert [one.choice for one in shown(twenty)] == [*range(1, 9), MORE]
    twenty.takes(Tapped(1, "ask_who", MORE))
    assert [one.choice for one in shown(twenty)] == [*range(9, 17), MORE]
    twenty.takes(Tapped(1, "ask_who", MORE))
    assert [one.choice for one in shown(twenty)] == [17, 18, 19, 20, MORE]
    twenty.takes(Tapped(1, "ask_who", MORE))
    assert [one.choice for one in shown(twenty)] == [*range(1, 9), MORE]
    assert all(not isinstance(effect, Say) for effect in twenty.turn.effects)


def test_a_thousand_can_be_offered_and_the_ninety_ninth_is_no_button_of_its_own(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    everybody = tuple(Offer(f"p{number}", f"Twin {number}") for number in range(1, 1001))
    monkeypatch.setitem(rules.CHOICES, "tests.twenty", ChoicesRule(lambda _: everybody, lambda choice, _: choice))
    played = Played(TWENTY)
    assert len(played.session.offered) == MOST
    played.takes(Tapped(1, "ask_who", MORE))
    assert shown(played)[0].choice == 9
    played.takes(Tapped(1, "ask_who", 99))
    assert kept(played) == ["p99"]


def test_a_number_means_the_same_on_every_page(twenty: Played) -> None:
    twenty.takes(Tapped(1, "ask_who", MORE))
    twenty.takes(Typed("3", 1))
    assert kept(twenty) == ["p3"]
    twenty.takes(Tapped(1, "ask_who", 20))
    assert kept(twenty) == ["p20"]


# -- voice -------------------------------------------------------------------------------------------------------------

SPOKEN = """
goal = "Words or a voice note."
[[steps]]
id = "tell"
ask = "Tell me."
save = "tell"
voice = {voice}
[[steps]]
id = "thanks"
say = "Kept: {{tell}}."
"""


def test_a_voice_note_is_an_answer_where_a_question_takes_one() -> None:
    played = Played(SPOKEN.format(voice="true"))
    played.takes(SentVoice("AwAC", 4, 7))
    assert SaveAnswer(1, "tried", "tell", voice="AwAC") in played.turn.effects
    assert played.session.path[0].voice == "AwAC"
    assert not played.session.path[0].is_skipped
    assert "engine.voice_note" in played.says


def test_elsewhere_a_voice_note_is_told_to_be_unread_and_the_question_stays() -> None:
    played = Played(SPOKEN.format(voice="false"))
    played.takes(SentVoice("AwAC", 4, 7))
    assert {"talk.only_text", "tell"} <= set(played.says)
    assert played.session.status is Status.OPEN


# -- what is kept on the way, and what stands aside --------------------------------------------------------------------

KEPT = """
goal = "Values that are kept in the session."
given = ["twin_said"]
[[steps]]
id = "remember"
do = "tests.remember"
[[steps]]
id = "tell"
say = "She said: {twin_said}"
"""


def test_what_a_rule_keeps_fills_a_placeholder(monkeypatch: pytest.MonkeyPatch) -> None:
    remember = EffectRule(lambda _: (Keep({"twin_said": "Good morning"}),))
    monkeypatch.setitem(rules.EFFECTS, "tests.remember", remember)
    played = Played(KEPT)
    said = [effect.text for effect in played.turn.effects if isinstance(effect, Say)]
    assert said[0].values == {"twin_said": "Good morning"}
    assert played.session.given == {"twin_said": "Good morning"}
    assert not any(isinstance(effect, Keep) for effect in played.turn.effects)


def test_what_stands_aside_is_never_in_front_until_it_is_raised() -> None:
    aside = Session(2, "note", "v", NOW, Status.OPEN, raised=ASIDE)
    asked = Session(1, "check", "v", NOW, Status.OPEN, raised=1)
    assert Conversation((aside,)).front is None
    assert Conversation((asked, aside)).front == asked
    raised = replace(aside, raised=2)
    assert Conversation((asked, raised)).front == raised


def test_going_back_forgets_what_was_picked() -> None:
    played = channels()
    played.takes(Tapped(1, "ask_channels", 3))
    played.takes(CommandGiven("back"))
    assert played.session.picked == ("mail",)  # nothing was answered yet: the question stays as it is
    played.takes(Tapped(1, "ask_channels", 3))
    assert not played.session.picked
    assert any(isinstance(effect, AcknowledgeTap) for effect in played.turn.effects)
