"""Every way in which the Bot API says no, in Telegram's own words, each with the source of the fact.

Rules kept here:

* A refusal is an entry of `REFUSALS`; no other file makes up a description. Libraries decide by these words.
* `source` names the section of telegram.md (the project's paper of facts) or the method and field of the Bot API's
  documentation, and repeats the fact in one sentence. Wordings are those that the public Bot API server answers.
* Every refusal has a test of its own; a test compares the two sets.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any


class Why(StrEnum):
    """The name of a refusal: what tests and the journal of refusals call it."""

    WRONG_TOKEN = "wrong_token"  # noqa: S105 - a name, no secret
    MALFORMED_TOKEN = "malformed_token"  # noqa: S105 - a name, no secret
    UNKNOWN_METHOD = "unknown_method"
    UNKNOWN_FILE = "unknown_file"
    UNREADABLE_REQUEST = "unreadable_request"
    REQUEST_TOO_LARGE = "request_too_large"
    WEBHOOK_ACTIVE = "webhook_active"
    OTHER_POLLER = "other_poller"
    POLLING_ENDED_BY_WEBHOOK = "polling_ended_by_webhook"
    WEBHOOK_NOT_HTTP = "webhook_not_http"
    WEBHOOK_ELSEWHERE = "webhook_elsewhere"
    SECRET_TOKEN_CHARACTERS = "secret_token_characters"  # noqa: S105 - a name, no secret
    SECRET_TOKEN_TOO_LONG = "secret_token_too_long"  # noqa: S105 - a name, no secret
    TOO_MANY_REQUESTS = "too_many_requests"
    CHAT_ID_EMPTY = "chat_id_empty"
    CHAT_NOT_FOUND = "chat_not_found"
    NOT_STARTED = "not_started"
    BLOCKED = "blocked"
    DEACTIVATED = "deactivated"
    TEXT_EMPTY = "text_empty"
    TEXT_BLANK = "text_blank"
    TEXT_TOO_LONG = "text_too_long"
    CAPTION_TOO_LONG = "caption_too_long"
    UNKNOWN_PARSE_MODE = "unknown_parse_mode"
    UNPARSABLE_ENTITIES = "unparsable_entities"
    UNREADABLE_ENTITY = "unreadable_entity"
    ENTITY_OUTSIDE = "entity_outside"
    REPLIED_NOT_FOUND = "replied_not_found"
    UNREADABLE_KEYBOARD = "unreadable_keyboard"
    BUTTON_WITHOUT_ACTION = "button_without_action"
    BUTTON_DATA = "button_data"
    BUTTON_ADDRESS = "button_address"
    TOO_MANY_BUTTONS = "too_many_buttons"
    ROW_TOO_LONG = "row_too_long"
    INLINE_EXPECTED = "inline_expected"
    MESSAGE_ID_MISSING = "message_id_missing"
    EDIT_NOT_FOUND = "edit_not_found"
    EDIT_IMPOSSIBLE = "edit_impossible"
    EDIT_WITHOUT_TEXT = "edit_without_text"
    NOT_MODIFIED = "not_modified"
    DELETE_NOT_FOUND = "delete_not_found"
    DELETE_IMPOSSIBLE = "delete_impossible"
    QUERY_TOO_OLD = "query_too_old"
    ANSWER_TOO_LONG = "answer_too_long"
    COMMANDS_UNREADABLE = "commands_unreadable"
    TOO_MANY_COMMANDS = "too_many_commands"
    COMMAND_INVALID = "command_invalid"
    COMMAND_DESCRIPTION = "command_description"
    LANGUAGE_CODE = "language_code"
    DESCRIPTION_TOO_LONG = "description_too_long"
    SHORT_DESCRIPTION_TOO_LONG = "short_description_too_long"
    NO_DOCUMENT = "no_document"
    NO_PHOTO = "no_photo"
    NO_VOICE = "no_voice"
    NOT_A_PICTURE = "not_a_picture"
    PHOTO_TOO_BIG = "photo_too_big"
    FOREIGN_ADDRESS = "foreign_address"
    WRONG_FILE_ID = "wrong_file_id"
    DOWNLOAD_TOO_BIG = "download_too_big"
    START_PAYLOAD = "start_payload"


@dataclass(frozen=True, slots=True)
class Refusal:
    """One entry of the table. `description` may hold `{fields}` that the place of refusal fills."""

    why: Why
    code: int
    description: str
    source: str


@dataclass
class Refused(Exception):
    """The Bot API says no. `parameters` go out as Telegram's ResponseParameters."""

    why: Why
    fields: dict[str, Any] = field(default_factory=dict)
    parameters: dict[str, Any] = field(default_factory=dict)

    @property
    def refusal(self) -> Refusal:
        return REFUSALS[self.why]

    @property
    def description(self) -> str:
        return self.refusal.description.format(**self.fields)

    def __str__(self) -> str:
        return self.description

    def answer(self) -> dict[str, Any]:
        """The body of the answer, in Telegram's shape."""
        told: dict[str, Any] = {"ok": False, "error_code": self.refusal.code, "description": self.description}
        if self.parameters:
            told["parameters"] = self.parameters
        return told


_ENTRIES = (
    # -- the door ----------------------------------------------------------------------------------------------
    (Why.WRONG_TOKEN, 401, "Unauthorized", "telegram.md, Outbound: InvalidToken comes for 401 and 404."),
    (Why.MALFORMED_TOKEN, 404, "Not Found", "telegram.md, Outbound: InvalidToken comes for 401 and 404."),
    (
        Why.UNKNOWN_METHOD,
        404,
        "Not Found: method not found",
        "Bot API, Making requests: only the listed methods exist.",
    ),
    (Why.UNKNOWN_FILE, 404, "Not Found", "Bot API, getFile: the link is built from the file_path that it returned."),
    (
        Why.UNREADABLE_REQUEST,
        400,
        "Bad Request: can't parse the request: {detail}",
        "Bot API, Making requests: a query string, urlencoded form, JSON or multipart form, in UTF-8.",
    ),
    (Why.REQUEST_TOO_LARGE, 413, "Request Entity Too Large", "telegram.md, Outbound: an upload has at most 50 MB."),
    # -- receiving ---------------------------------------------------------------------------------------------
    (
        Why.WEBHOOK_ACTIVE,
        409,
        "Conflict: can't use getUpdates method while webhook is active; use deleteWebhook to delete the webhook first",
        "Bot API, getUpdates: it does not work while an outgoing webhook is set up.",
    ),
    (
        Why.OTHER_POLLER,
        409,
        "Conflict: terminated by other getUpdates request; make sure that only one bot instance is running",
        "telegram.md, Inbound: two pollers give 409.",
    ),
    (
        Why.POLLING_ENDED_BY_WEBHOOK,
        409,
        "Conflict: terminated by setWebhook request",
        "Bot API, setWebhook: getUpdates can not be used as long as a webhook is set up.",
    ),
    (
        Why.WEBHOOK_NOT_HTTP,
        400,
        "Bad Request: bad webhook: An HTTPS URL must be provided for webhook",
        "Bot API, setWebhook.url: an HTTPS address; a local Bot API server, as this one, takes HTTP too.",
    ),
    (
        Why.WEBHOOK_ELSEWHERE,
        400,
        "Bad Request: bad webhook: Failed to resolve host: Name or service not known",
        "Bot API, setWebhook.url: the host must resolve; from the rehearsal room no host but this machine does.",
    ),
    (
        Why.SECRET_TOKEN_CHARACTERS,
        400,
        "Bad Request: secret token contains unallowed characters",
        "Bot API, setWebhook.secret_token: only A-Z, a-z, 0-9, _ and - are allowed.",
    ),
    (
        Why.SECRET_TOKEN_TOO_LONG,
        400,
        "Bad Request: secret token is too long",
        "Bot API, setWebhook.secret_token: 1-256 characters.",
    ),
    # -- whom and how often --------------------------------------------------------------------------------------
    (
        Why.TOO_MANY_REQUESTS,
        429,
        "Too Many Requests: retry after {retry_after}",
        "telegram.md, Outbound: about 30 messages a second for a bot, 1 a second in a private chat "
        "(short bursts pass), "
        "20 a minute in a group; retry_after in the 429 is the law for that chat.",
    ),
    (Why.CHAT_ID_EMPTY, 400, "Bad Request: chat_id is empty", "Bot API, sendMessage.chat_id: required."),
    (
        Why.CHAT_NOT_FOUND,
        400,
        "Bad Request: chat not found",
        "telegram.md, Outbound: 'chat not found' is unreachable like a 403.",
    ),
    (
        Why.NOT_STARTED,
        403,
        "Forbidden: bot can't initiate conversation with a user",
        "telegram.md, Outbound: 403 is unreachable; a bot can not write before the person did.",
    ),
    (
        Why.BLOCKED,
        403,
        "Forbidden: bot was blocked by the user",
        "telegram.md, Outbound: 403 is unreachable, with the reason.",
    ),
    (
        Why.DEACTIVATED,
        403,
        "Forbidden: user is deactivated",
        "telegram.md, Outbound: 403 is unreachable, with the reason.",
    ),
    # -- texts ---------------------------------------------------------------------------------------------------
    (Why.TEXT_EMPTY, 400, "Bad Request: message text is empty", "Bot API, sendMessage.text: 1-4096 characters."),
    (
        Why.TEXT_BLANK,
        400,
        "Bad Request: text must be non-empty",
        "Bot API, sendMessage.text: 1-4096 characters after entities parsing, of which white space alone is none.",
    ),
    (
        Why.TEXT_TOO_LONG,
        400,
        "Bad Request: message is too long",
        "telegram.md, Outbound: a text has at most 4096 characters after parsing.",
    ),
    (
        Why.CAPTION_TOO_LONG,
        400,
        "Bad Request: message caption is too long",
        "telegram.md, Outbound: a caption has at most 1024 characters.",
    ),
    (
        Why.UNKNOWN_PARSE_MODE,
        400,
        "Bad Request: unsupported parse_mode",
        "Bot API, Formatting options: MarkdownV2, HTML or Markdown.",
    ),
    (
        Why.UNPARSABLE_ENTITIES,
        400,
        "Bad Request: can't parse entities: {detail}",
        "telegram.md, Outbound: entities that do not parse are refused; send as plain text, never lose the text.",
    ),
    (
        Why.UNREADABLE_ENTITY,
        400,
        "Bad Request: can't parse MessageEntity: {detail}",
        "Bot API, MessageEntity: a type of the list, offset and length, and what the type needs (a text_link its url).",
    ),
    (
        Why.ENTITY_OUTSIDE,
        400,
        "Bad Request: {detail}",
        "Bot API, MessageEntity.offset and length: in UTF-16 code units, within the text.",
    ),
    (
        Why.REPLIED_NOT_FOUND,
        400,
        "Bad Request: message to be replied not found",
        "Bot API, ReplyParameters.allow_sending_without_reply: without it the replied message must exist.",
    ),
    # -- keyboards -----------------------------------------------------------------------------------------------
    (
        Why.UNREADABLE_KEYBOARD,
        400,
        "Bad Request: {detail}",
        "Bot API, sendMessage.reply_markup: a JSON object for one of the four kinds of keyboard.",
    ),
    (
        Why.BUTTON_WITHOUT_ACTION,
        400,
        "Bad Request: can't parse inline keyboard button: Text buttons are unallowed in the inline keyboard",
        "Bot API, InlineKeyboardButton: exactly one field besides the text says what the button does.",
    ),
    (
        Why.BUTTON_DATA,
        400,
        "Bad Request: BUTTON_DATA_INVALID",
        "telegram.md, Outbound: callback data has 1 to 64 bytes.",
    ),
    (
        Why.BUTTON_ADDRESS,
        400,
        "Bad Request: inline keyboard button URL '{url}' is invalid: {detail}",
        "Bot API, InlineKeyboardButton.url: an HTTP or tg:// address.",
    ),
    (
        Why.TOO_MANY_BUTTONS,
        400,
        "Bad Request: REPLY_MARKUP_TOO_LONG",
        "telegram.md, Outbound: at most 100 inline buttons.",
    ),
    (
        Why.ROW_TOO_LONG,
        400,
        "Bad Request: REPLY_MARKUP_INVALID",
        "telegram.md, Outbound: at most 8 inline buttons a row.",
    ),
    (
        Why.INLINE_EXPECTED,
        400,
        "Bad Request: inline keyboard expected",
        "telegram.md, Outbound: edits can not add reply keyboards.",
    ),
    # -- edits, deletions, taps ------------------------------------------------------------------------------------
    (
        Why.MESSAGE_ID_MISSING,
        400,
        "Bad Request: message identifier is not specified",
        "Bot API, editMessageText.message_id: required when inline_message_id is not given.",
    ),
    (
        Why.EDIT_NOT_FOUND,
        400,
        "Bad Request: message to edit not found",
        "telegram.md, Outbound: 'message to edit not found': send anew.",
    ),
    (
        Why.EDIT_IMPOSSIBLE,
        400,
        "Bad Request: message can't be edited",
        "telegram.md, Outbound: 'can't be edited': send anew.",
    ),
    (
        Why.EDIT_WITHOUT_TEXT,
        400,
        "Bad Request: there is no text in the message to edit",
        "Bot API, editMessageText: it edits text messages; a file's words are its caption.",
    ),
    (
        Why.NOT_MODIFIED,
        400,
        "Bad Request: message is not modified: specified new message content and reply markup are "
        "exactly the same as a "
        "current content and reply markup of the message",
        "telegram.md, Outbound: 'message is not modified' is fine.",
    ),
    (Why.DELETE_NOT_FOUND, 400, "Bad Request: message to delete not found", "Bot API, deleteMessage.message_id."),
    (
        Why.DELETE_IMPOSSIBLE,
        400,
        "Bad Request: message can't be deleted for everyone",
        "telegram.md, Outbound: deleting works for 48 hours.",
    ),
    (
        Why.QUERY_TOO_OLD,
        400,
        "Bad Request: query is too old and response timeout expired or query ID is invalid",
        "telegram.md, Outbound: callback answers expire; never let that break the turn.",
    ),
    (
        Why.ANSWER_TOO_LONG,
        400,
        "Bad Request: MESSAGE_TOO_LONG",
        "telegram.md, Outbound: a callback answer has at most 200 characters.",
    ),
    # -- the bot's own card ------------------------------------------------------------------------------------------
    (
        Why.COMMANDS_UNREADABLE,
        400,
        "Bad Request: can't parse commands: {detail}",
        "Bot API, setMyCommands.commands: a JSON list of BotCommand.",
    ),
    (Why.TOO_MANY_COMMANDS, 400, "Bad Request: BOT_COMMANDS_TOO_MUCH", "telegram.md, Outbound: at most 100 commands."),
    (
        Why.COMMAND_INVALID,
        400,
        "Bad Request: BOT_COMMAND_INVALID",
        "telegram.md, Outbound: commands of 32; Bot API, BotCommand.command: lowercase letters, "
        "digits and underscores.",
    ),
    (
        Why.COMMAND_DESCRIPTION,
        400,
        "Bad Request: BOT_COMMAND_DESCRIPTION_INVALID",
        "telegram.md, Outbound: a command description has at most 256 characters.",
    ),
    (
        Why.LANGUAGE_CODE,
        400,
        "Bad Request: LANG_CODE_INVALID",
        "telegram.md, Outbound: commands, descriptions and names take a two-letter language.",
    ),
    (
        Why.DESCRIPTION_TOO_LONG,
        400,
        "Bad Request: DESCRIPTION_TOO_LONG",
        "telegram.md, Outbound: the bot's description has at most 512 characters.",
    ),
    (
        Why.SHORT_DESCRIPTION_TOO_LONG,
        400,
        "Bad Request: ABOUT_TOO_LONG",
        "telegram.md, Outbound: the bot's short description has at most 120 characters.",
    ),
    # -- files -----------------------------------------------------------------------------------------------------
    (
        Why.NO_DOCUMENT,
        400,
        "Bad Request: there is no document in the request",
        "Bot API, sendDocument.document: required.",
    ),
    (Why.NO_PHOTO, 400, "Bad Request: there is no photo in the request", "Bot API, sendPhoto.photo: required."),
    (Why.NO_VOICE, 400, "Bad Request: there is no voice in the request", "Bot API, sendVoice.voice: required."),
    (
        Why.NOT_A_PICTURE,
        400,
        "Bad Request: IMAGE_PROCESS_FAILED",
        "Bot API, sendPhoto.photo: a picture that can be read.",
    ),
    (
        Why.PHOTO_TOO_BIG,
        400,
        "Bad Request: file is too big for a photo; the maximum size is 10 MB",
        "telegram.md, Outbound: upload 50 MB, photo 10.",
    ),
    (
        Why.FOREIGN_ADDRESS,
        400,
        "Bad Request: failed to get HTTP URL content",
        "Bot API, Sending files: Telegram fetches an HTTP address; from the rehearsal room nothing can be fetched.",
    ),
    (
        Why.WRONG_FILE_ID,
        400,
        "Bad Request: wrong file identifier/HTTP URL specified",
        "Bot API, Sending files: a file_id is one that this bot was given, and keeps its kind.",
    ),
    (Why.DOWNLOAD_TOO_BIG, 400, "Bad Request: file is too big", "telegram.md, Outbound: download 20 MB."),
    # -- what a person's phone refuses ---------------------------------------------------------------------------------
    (
        Why.START_PAYLOAD,
        400,
        "Bad Request: START_PARAM_INVALID",
        "telegram.md, Outbound: a deep-link payload has at most 64 of [A-Za-z0-9_-].",
    ),
)

REFUSALS: dict[Why, Refusal] = {entry[0]: Refusal(*entry) for entry in _ENTRIES}
