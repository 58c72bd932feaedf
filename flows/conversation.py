"""All of one person's conversations: which session an event belongs to. Pure.

Rules kept here (those of the stack of sessions stand in `talk`, those of prompts in `prompting`):

* Text and digits go to the front session; a tap names its session and brings it to the front.
* A note window takes text only when nothing is in front. Then numbers also reach what was asked aside last, so that it
  can be answered without tapping; words never do.
* Nobody is met with silence: what comes too late is closed kindly, what nobody asked for is answered.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

from flows import (
    checklist_news,
    digest,
    drafts,
    goal_news,
    hearing,
    informing,
    pairing,
    phases,
    planner,
    prompting,
    replaced,
    showing,
    trials,
)
from flows.digits import read_numbers
from flows.effects import AcknowledgeTap, ChangePerson, Say
from flows.engine import advance
from flows.events import Event, due, own, pairs, people, shell
from flows.people import PersonState
from flows.reading import SAME_LINE_WITHIN
from flows.rules import out_of_touch
from flows.rules.pausing import begin_pause, plan_check_in, resume
from flows.rules.situation import Facts
from flows.session import Session, Status
from flows.talk import Conversation, Flows, Response, Talk, kept_until
from flows.values import LocalTime, Text

JOIN = "join"


def respond(conversation: Conversation, event: Event, flows: Flows, facts: Facts, *, now: datetime) -> Response:
    """Take one event of one person. `facts` holds every fact that a flow may list, for her.

    Raises what `flows.engine.advance` raises: an author's error, never a person's.
    """
    talk = Talk(conversation, flows, facts, now)
    take(talk, event)
    return talk.response()


def take(talk: Talk, event: Event) -> None:
    """The table of events. Of the commands only those that act inside a question are known here."""
    match event:
        case own.Typed():
            _typed(talk, event)
        case own.Edited():
            _edited(talk, event)
        case own.Tapped():
            _tapped(talk, event)
        case own.TappedUnknown():
            _closed_tap(talk)
        case own.CommandGiven():
            _step_command(talk, event)
        case own.SentUnreadable():
            talk.say_first("talk.only_text")
        case own.SentVoice():
            _spoken(talk, event)
        case own.SentDocument():
            drafts.document_sent(talk, event)
        case shell.DraftRefused():
            drafts.refused(talk, event)
        case shell.DraftEmpty():
            drafts.nothing_new(talk, event)
        case shell.DraftProblems():
            drafts.problems(talk, event)
        case shell.DraftJudged():
            drafts.judged(talk, event)
        case shell.FlowsKept():
            drafts.kept(talk, event)
        case shell.FlowsPublished():
            drafts.published(talk, event)
        case shell.FlowReplaced(number):
            replaced.note(talk, number)
        case own.InvitationOpened():
            talk.begin(JOIN)
        case own.InvitationRefused(reason):
            talk.say_first(f"invitation.{reason}")
        case shell.FlowStarted(flow, given):
            talk.begin(flow, given)
        case due.PromptFellDue():
            prompting.prompt_due(talk, event)
        case due.AskingFellDue():
            planner.asking_due(talk, event)
        case due.HeldPromptFellDue():
            prompting.held_prompt_due(talk)
        case due.ReminderFellDue(number):
            prompting.reminder_due(talk, number)
        case due.SessionExpired(number) | due.WaitEnded(number) | shell.PromptDelivered(number):
            session = talk.sessions.get(number)
            if session is not None:
                talk.run(session, event)
                talk.settle()
        case due.PauseBegan():
            talk.do(*begin_pause(talk.facts, talk.now))
            prompting.end_held(talk)
        case due.PauseEnded():
            _pause_ended(talk)
        case due.QuietFellDue(rung):
            prompting.quiet_due(talk, rung)
        case pairs.PairMade(pair, partner):
            _pair_made(talk, partner)
            pairing.begin_naming(talk, pair)
        case pairs.PairProposed():
            pairing.proposed(talk, event)
        case due.ProposalFellDue():
            pairing.proposal_due(talk, event)
        case pairs.PairEnded():
            pairing.ended(talk, event)
        case pairs.PairResumed():
            pairing.resumed(talk, event)
        case pairs.PairNews():
            pairing.news(talk, event)
        case pairs.NamingShared():
            pairing.shared(talk, event)
        case pairs.AgreementProposed():
            pairing.agreement_proposed(talk, event)
        case pairs.AgreementMade():
            pairing.agreement_made(talk, event)
        case pairs.PhaseProposed():
            phases.proposed(talk, event)
        case pairs.PhaseKept():
            phases.kept(talk, event)
        case pairs.PhaseMoved():
            phases.moved(talk, event)
        case pairs.PhaseNews():
            phases.news(talk, event)
        case pairs.GoalProposed():
            goal_news.proposed(talk, event)
        case pairs.GoalAgreed():
            goal_news.agreed(talk, event)
        case pairs.GoalClosed():
            goal_news.closed_by_partner(talk, event)
        case pairs.MilestoneTold():
            goal_news.told(talk, event)
        case pairs.HelloReceived():
            hearing.hello_received(talk, event)
        case people.HelpAsked():
            hearing.help_asked(talk, event)
        case people.WishTold():
            hearing.wish_told(talk, event)
        case people.WishSettled():
            hearing.wish_settled(talk, event)
        case people.CareTaken():
            hearing.care_taken(talk, event)
        case pairs.NoteReceived():
            hearing.note_received(talk, event)
        case pairs.TwinAsked():
            hearing.twin_asked(talk, event)
        case pairs.NoteThanked():
            hearing.note_thanked(talk, event)
        case pairs.NoteReported():
            hearing.note_reported(talk, event)
        case shell.ReceiptCame():
            hearing.receipt_came(talk, event)
        case people.TwinQuiet():
            hearing.twin_quiet(talk, event)
        case people.TwinAnswered():
            hearing.twin_answered(talk, event)
        case people.TwinQuietLong():
            hearing.twin_quiet_long(talk, event)
        case people.TwinRests(twin, since):
            talk.say("silence.rests", twin=twin, day=LocalTime(since, "day"))
        case people.CoordinatorHelps():
            hearing.coordinator_helps(talk, event)
        case people.OtherHelps():
            hearing.other_helps(talk, event)
        case people.SideMissed():
            hearing.side_missed(talk, event)
        case people.WeekCounted():
            hearing.week_counted(talk, event)
        case pairs.ContactMissed():
            hearing.contact_missed(talk, event)
        case pairs.ContactTold():
            talk.do(*out_of_touch.contact_told(talk.facts, event))
        case people.TwinsApart():
            hearing.twins_apart(talk, event)
        case people.TwinsInTouch(twin, partner):
            talk.say("silence.in_touch", twin=twin, partner=partner)
        case people.PersonOutOfReach():
            hearing.out_of_reach(talk, event)
        case people.PersonBack():
            hearing.back_in_reach(talk, event)
        case shell.CameBack():
            hearing.came_back(talk)
        case people.StandingChanged():
            informing.standing_changed(talk, event)
        case shell.BotWasDeaf():
            informing.was_deaf(talk, event)
        case shell.AnswersLost():
            informing.answers_lost(talk, event)
        case shell.DiskRanLow(megabytes):
            talk.say("disk.low", megabytes=megabytes)
        case people.ContactReceived():
            informing.contact_received(talk, event)
        case people.ContactTaken(reader):
            talk.say("contact.taken", reader=reader)
        case people.OtherTakesCare():
            informing.other_takes_care(talk, event)
        case people.WriterGone():
            informing.writer_gone(talk, event)
        case people.ChangeProposed():
            checklist_news.proposed(talk, event)
        case people.ChangeAgreed():
            checklist_news.agreed(talk, event)
        case pairs.ReflectionShared():
            showing.shared(talk, event)
        case pairs.SharingWithdrawn():
            showing.withdrawn(talk, event)
        case pairs.SharingFailed():
            showing.failed(talk, event)
        case pairs.PagePassedOn():
            showing.page_passed_on(talk, event)
        case pairs.PageTakenBack():
            showing.page_taken_back(talk, event)
        case pairs.PageNotShown():
            showing.page_not_shown(talk, event)
        case pairs.SharedAnswered():
            showing.answered(talk, event)
        case people.SideChanged(side, ready):
            talk.say("sides.ready" if ready else "sides.without", side=side)
        case due.DigestFellDue():
            digest.digest_due(talk, event)
        case own.ChatBlocked():
            hearing.chat_blocked(talk, event)
        case own.ChatReturned():
            talk.do(ChangePerson({"unreachable_since": None}))
            talk.ask_front_again()
            talk.settle()
        case due.BroughtToFront():
            talk.ask_front_again()


# -- what a person did -------------------------------------------------------------------------------------------------


def _typed(talk: Talk, event: own.Typed) -> None:
    conversation = talk.conversation
    session = conversation.front
    if session is None:
        window = _open_window(talk, conversation.listening)
        session = _asked_aside(talk, event, window) or window or _just_said(talk, event)
    if session is None:
        talk.say_nothing_open("talk.not_understood")
        return
    talk.run_to_end(session, event)


def _spoken(talk: Talk, event: own.SentVoice) -> None:
    front = talk.conversation.front
    if front is None and _open_window(talk, talk.conversation.listening) is not None:
        talk.say("note.voice")  # what can not be checked is said before it is kept, and the closing line has no room
    elif front is None or front.held_words is not None:
        talk.say_first("talk.only_text")
    else:
        talk.run_to_end(front, event)


def _open_window(talk: Talk, session: Session | None) -> Session | None:
    """The note window, unless its time is over."""
    if session is None or session.ended_at is None:
        return None
    steps = talk.flows.version(session.version).definition.steps
    windows = [step.listen.for_ for step in steps if step.listen is not None]
    return session if windows and talk.now <= session.ended_at + max(windows) else None


def _asked_aside(talk: Talk, event: own.Typed, window: Session | None) -> Session | None:
    """What stands aside and was asked since she typed last, for a text of numbers only. It comes to the front. While a
    note window is open, in which numbers are no note, only what was asked since it opened."""
    aside, said = talk.conversation.aside, _just_said(talk, event)
    if aside is None or read_numbers(event.text) is None:
        return None
    asked = aside.asked_at or aside.started_at
    if window is not None and window.ended_at is not None and asked < window.ended_at:
        return None
    sent_twice = said is not None and said.last_line_at is not None and said.last_line_at >= asked
    return None if sent_twice else talk.raise_(aside)


def _just_said(talk: Talk, event: own.Typed) -> Session | None:
    """The session that just ended with this very text: a bad network sent it twice."""
    same = [
        one
        for one in talk.sessions.values()
        if one.last_line == event.text.strip()
        and one.last_line_at is not None
        and talk.now - one.last_line_at <= SAME_LINE_WITHIN
    ]
    return max(same, key=lambda one: one.number, default=None)


def _edited(talk: Talk, event: own.Edited) -> None:
    for session in sorted(talk.sessions.values(), key=lambda one: -one.number):
        messages = {answered.message for answered in session.path}
        messages |= {note.message for note in session.notes} | {session.held_message, session.last_message}
        if event.message in messages:
            if _still_open(talk, session):
                talk.run_to_end(talk.raise_(session), event)
            elif event.text.strip() != session.last_line:
                talk.say_first("talk.closed")
            return


def _tapped(talk: Talk, event: own.Tapped) -> None:
    session = talk.sessions.get(event.session)
    if session is not None and session.trial is not None and event.choice == trials.LATER:
        talk.let_a_day_pass(talk.raise_(session))
    elif session is not None and _still_open(talk, session):
        talk.run_to_end(talk.raise_(session), event)
    elif session is None or not _said_before(talk, session, event):
        _closed_tap(talk)


def _said_before(talk: Talk, session: Session, event: own.Tapped) -> bool:
    """Whether a tap, too late to act, says only what holds anyway: a thumb that tapped twice."""
    if session.answer(event.step) is None:
        return False
    turn = advance(talk.flows.version(session.version), session, event, talk.facts, now=talk.now)
    if turn.session != session:
        return False
    talk.do(*(effect for effect in turn.effects if isinstance(effect, AcknowledgeTap)))
    return True


def _still_open(talk: Talk, session: Session) -> bool:
    """Whether a tap may still act: an open session, or an ended one inside its late window."""
    if session.status is Status.OPEN or session.held_words is not None:
        return True
    if session.status is Status.HELD:
        return False
    expires = talk.flows.version(session.version).definition.expires
    late = expires.late_for if expires is not None else timedelta(0)
    return talk.now <= (session.sent_at or session.started_at) + late


def _closed_tap(talk: Talk) -> None:
    talk.do(AcknowledgeTap(Text("talk.closed")))
    if talk.conversation.front is not None:
        talk.say_first("talk.closed_open")
    else:
        talk.say_nothing_open("talk.nothing_open")


def _step_command(talk: Talk, event: own.CommandGiven) -> None:
    front = talk.conversation.front
    if front is not None:
        talk.run_to_end(front, event)
    elif event.name != "leave" or not talk.leave_trial():
        talk.say_nothing_open("talk.nothing_open")


# -- what others and the shell told ------------------------------------------------------------------------------------


def _pair_made(talk: Talk, partner: str) -> None:
    planned = plan_check_in(talk.facts, talk.now)
    if planned is None or talk.facts["person.state"] != PersonState.ACTIVE:
        talk.say("pair.made", twin=partner)
    else:
        talk.do(planned)
        talk.say("pair.made_next", twin=partner, day=LocalTime(planned.due_at, "weekday_time"))
    talk.ask_front_again()


def _pause_ended(talk: Talk) -> None:
    if not talk.is_paused:
        return
    *effects, said = resume(talk.facts, talk.now)
    talk.do(*effects)
    if isinstance(said, Say):
        planned = said.text.values.get("day")
        text = Text("pause.ended_plain") if planned is None else Text("pause.ended", {"day": planned})
        talk.do(replace(said, text=text))


__all__ = ["JOIN", "Conversation", "Flows", "Response", "Talk", "kept_until", "respond", "take"]
