"""What happened. Past tense, frozen, plain data.

Every event survives a round trip through JSON (`flows.wire`), since an event told to another person waits in the
inbox table until her own turn. Times are aware and in UTC.
"""

from __future__ import annotations

from typing import get_args

from flows.events.due import (
    AskingFellDue,
    BroughtToFront,
    DigestFellDue,
    HeldPromptFellDue,
    PauseBegan,
    PauseEnded,
    PromptFellDue,
    ProposalFellDue,
    QuietFellDue,
    ReminderFellDue,
    SessionExpired,
    WaitEnded,
)
from flows.events.own import (
    ChatBlocked,
    ChatReturned,
    CommandGiven,
    Edited,
    InvitationOpened,
    InvitationRefused,
    SentDocument,
    SentUnreadable,
    SentVoice,
    Tapped,
    TappedUnknown,
    Typed,
)
from flows.events.pairs import (
    AgreementMade,
    AgreementProposed,
    ContactMissed,
    ContactTold,
    GoalAgreed,
    GoalClosed,
    GoalProposed,
    HelloReceived,
    MilestoneTold,
    NamingShared,
    NoteReceived,
    NoteReported,
    NoteThanked,
    PageNotShown,
    PagePassedOn,
    PageTakenBack,
    PairEnded,
    PairMade,
    PairNews,
    PairProposed,
    PairResumed,
    PhaseKept,
    PhaseMoved,
    PhaseNews,
    PhaseProposed,
    ReflectionShared,
    SharedAnswered,
    SharingFailed,
    SharingWithdrawn,
    TwinAsked,
)
from flows.events.people import (
    CareTaken,
    ChangeAgreed,
    ChangeProposed,
    ContactReceived,
    ContactTaken,
    CoordinatorHelps,
    HelpAsked,
    OtherHelps,
    OtherTakesCare,
    PersonBack,
    PersonOutOfReach,
    SideChanged,
    SideMissed,
    StandingChanged,
    TwinAnswered,
    TwinQuiet,
    TwinQuietLong,
    TwinRests,
    TwinsApart,
    TwinsInTouch,
    WeekCounted,
    WishSettled,
    WishTold,
    WriterGone,
)
from flows.events.shell import (
    AnswersLost,
    BotWasDeaf,
    CameBack,
    DiskRanLow,
    DraftEmpty,
    DraftJudged,
    DraftProblems,
    DraftRefused,
    FlowReplaced,
    FlowsKept,
    FlowsPublished,
    FlowStarted,
    PromptDelivered,
    ReceiptCame,
)

Event = (
    Typed
    | Edited
    | Tapped
    | TappedUnknown
    | CommandGiven
    | SentUnreadable
    | SentVoice
    | SentDocument
    | InvitationOpened
    | InvitationRefused
    | ChatBlocked
    | ChatReturned
    | PromptFellDue
    | AskingFellDue
    | HeldPromptFellDue
    | ReminderFellDue
    | SessionExpired
    | WaitEnded
    | PauseBegan
    | PauseEnded
    | QuietFellDue
    | BroughtToFront
    | PromptDelivered
    | ReceiptCame
    | PairMade
    | PairProposed
    | ProposalFellDue
    | PairEnded
    | PairResumed
    | PairNews
    | NamingShared
    | AgreementProposed
    | AgreementMade
    | PhaseProposed
    | PhaseKept
    | PhaseMoved
    | PhaseNews
    | GoalProposed
    | GoalAgreed
    | GoalClosed
    | MilestoneTold
    | ContactMissed
    | ContactTold
    | HelloReceived
    | NoteReceived
    | TwinAsked
    | NoteThanked
    | NoteReported
    | TwinQuiet
    | TwinAnswered
    | TwinQuietLong
    | TwinRests
    | CoordinatorHelps
    | OtherHelps
    | SideMissed
    | WeekCounted
    | TwinsApart
    | TwinsInTouch
    | PersonOutOfReach
    | PersonBack
    | CameBack
    | WishTold
    | WishSettled
    | CareTaken
    | HelpAsked
    | StandingChanged
    | BotWasDeaf
    | AnswersLost
    | DiskRanLow
    | ContactReceived
    | ContactTaken
    | OtherTakesCare
    | WriterGone
    | ChangeProposed
    | ChangeAgreed
    | ReflectionShared
    | SharingWithdrawn
    | PagePassedOn
    | PageTakenBack
    | PageNotShown
    | SharingFailed
    | SharedAnswered
    | SideChanged
    | DigestFellDue
    | DraftRefused
    | DraftEmpty
    | DraftProblems
    | DraftJudged
    | FlowReplaced
    | FlowsPublished
    | FlowsKept
    | FlowStarted
)

EVENTS: tuple[type[Event], ...] = get_args(Event)
