"""What the pages name is there: links, commands, settings, examples, the transcript."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from bot import programmes, ticks
from bot.commands import COMMANDS
from bot.library import build_catalogue, packaged_catalogue, read_library, read_numbers
from bot.publishing import judge
from bot.reference import commands as command_page
from bot.settings import Settings
from flows import confiding, extraction, known
from flows.checks import check_catalogue
from flows.definition import FlowDefinition
from flows.ledger import kept
from flows.people import Role
from flows.rules import cadence
from flows.thresholds import PACKAGED
from storage import inbox
from storage.schema import metadata
from tests.docs.reading import PAGES, ROOT, WRITTEN_BY_HAND, by_hand, fences, in_code, slug

LINK = re.compile(r"!?\[[^\]]*\]\(([^)\s]+)\)")
COMMANDS_LINE = command_page.command_lines()
EXAMPLE_HEAD = re.compile(r"# flows/library/(\S+\.toml)\n")


def links() -> list[tuple[str, str]]:
    return [
        (name, found[1])
        for name, text in PAGES.items()
        for found in LINK.finditer(text)
        if not found[1].startswith(("http://", "https://", "mailto:"))
    ]


@pytest.mark.parametrize(("page", "target"), links())
def test_every_relative_link_resolves(page: str, target: str) -> None:
    path, _, anchor = target.partition("#")
    place = (ROOT / page).parent / path if path else ROOT / page
    assert place.exists(), f"{page} links to {target}"
    if anchor:
        headings = re.findall(r"^#+ (.+)$", place.read_text(encoding="utf-8"), re.MULTILINE)
        assert anchor in {slug(heading) for heading in headings}, f"{page} links to {target}"


def test_every_page_can_be_reached_from_the_readme() -> None:
    reached, left = {"README.md"}, ["README.md"]
    while left:
        page = left.pop()
        for name, target in links():
            path = target.partition("#")[0]
            if name == page and path.endswith(".md"):
                found = ((ROOT / page).parent / path).resolve().relative_to(ROOT.resolve()).as_posix()
                if found not in reached:
                    reached.add(found)
                    left.append(found)
    assert set(PAGES) - reached == set()


def make_targets() -> set[str]:
    return set(re.findall(r"^([a-z][a-z-]*):", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE))


@pytest.mark.parametrize("page", WRITTEN_BY_HAND)
def test_every_make_command_exists(page: str) -> None:
    named = {found for code in in_code(PAGES[page]) for found in re.findall(r"\bmake ([a-z][a-z-]*)", code)}
    assert named <= make_targets()


def test_the_readme_names_the_two_commands() -> None:
    first = fences(PAGES["README.md"], "sh")[0]
    assert re.findall(r"^make (\w+)", first, re.MULTILINE) == ["run", "test"]


def command_words(code: str) -> list[str] | None:
    """The words after `twinbot`, without a remark; None when it is no command."""
    found = re.match(r"(?:\S*=\S+ )*(?:\.venv/bin/)?twinbot( .*)?$", code.partition("  #")[0].strip())
    return (found[1] or "").split() if found else None


@pytest.mark.parametrize("page", sorted(PAGES))
def test_every_command_of_twinbot_that_is_named_exists(page: str) -> None:
    groups = {" ".join(line.split()[:2]) for line in COMMANDS_LINE} | {"twinbot"}
    for code in in_code(PAGES[page]):
        words = command_words(code)
        if not words:
            continue
        plain = [word for word in words if not word.startswith("-")]
        whole = [" ".join(["twinbot", *plain[:count]]) for count in (2, 1)]
        line = next((one for one in whole if one in COMMANDS_LINE), None)
        if line is None:
            assert len(plain) == 1 and f"twinbot {plain[0]}" in groups, f"{page}: {code}"
            continue
        for option in (word.partition("=")[0] for word in words if word.startswith("--")):
            assert option in COMMANDS_LINE[line], f"{page}: {code}"


def test_what_is_said_not_to_exist_yet_does_not() -> None:
    for line in ("twinbot export",):
        assert line not in COMMANDS_LINE, "docs/operate.md says it is not there"


@pytest.mark.parametrize("name", sorted(Settings.model_fields))
def test_every_setting_is_documented(name: str) -> None:
    field = Settings.model_fields[name]
    assert field.description
    assert f"| `{name.upper()}` |" in PAGES["docs/reference/settings.md"]


@pytest.mark.parametrize("page", WRITTEN_BY_HAND)
def test_every_setting_that_is_named_exists(page: str) -> None:
    named = {found[1] for code in in_code(PAGES[page]) if (found := re.match(r"([A-Z]+_[A-Z_]+|PORT)(=\S*)?$", code))}
    constants = {"TYPE_CHECKING"}
    assert named - constants <= {name.upper() for name in Settings.model_fields}


@pytest.mark.parametrize("name", sorted(COMMANDS))
def test_every_command_of_the_chat_is_documented(name: str) -> None:
    assert f"| `/{name}` |" in PAGES["docs/reference/commands.md"]
    page = "twins-help" if Role.TWIN in COMMANDS[name].of else "coordinators-handbook"
    assert f"`/{name}`" in PAGES[f"docs/{page}.md"]


@pytest.mark.parametrize("page", WRITTEN_BY_HAND)
def test_every_command_of_the_chat_that_is_named_exists(page: str) -> None:
    paths = {"healthz", "readyz", "metrics", "command", "commands"}
    named = {code[1:].partition(" ")[0] for code in in_code(by_hand(PAGES[page])) if code.startswith("/")}
    theirs = {"newbot", "revoke", "setjoingroups", "setuserpic"} if page == "docs/deploy/botfather.md" else set()
    commands = {name for name in named if "/" not in name}  # else it is the path of a file
    assert commands - paths - theirs <= set(COMMANDS)


@pytest.mark.parametrize("line", sorted(COMMANDS_LINE))
def test_every_command_of_the_command_line_is_documented(line: str) -> None:
    assert f"### {line}\n" in PAGES["docs/reference/commands.md"]


@pytest.mark.parametrize("name", sorted(metadata.tables))
def test_every_table_is_documented(name: str) -> None:
    assert f"## {name}\n" in PAGES["docs/reference/tables.md"]


# -- examples ----------------------------------------------------------------------------------------------------------


def examples() -> Mapping[str, str]:
    found = {}
    for block in fences(PAGES["docs/write-a-flow.md"], "toml"):
        head = EXAMPLE_HEAD.match(block)
        assert head is not None, f"an example says in its first line where it belongs: {block[:40]}"
        found[head[1]] = block
    return found


def test_every_example_of_a_flow_loads_and_passes_the_checks() -> None:
    library = read_library()
    for path, text in examples().items():
        library[path] = f"{library[path]}\n{text}" if path in library else text
    catalogue = build_catalogue(library)
    assert check_catalogue(catalogue, numbers=kept(read_numbers(), catalogue), complete=()) == []
    shown = {Path(path).stem for path in examples() if "/" in path}
    assert len(shown) >= 4
    assert shown <= catalogue.flows.keys()


def test_a_broken_example_would_be_found() -> None:
    library = read_library()
    path, text = next(iter(examples().items()))
    library[path] = text.replace('next = "thanks"', 'next = "nowhere"')
    catalogue = build_catalogue(library)
    assert check_catalogue(catalogue, numbers=kept(read_numbers(), catalogue), complete=())


def test_the_examples_use_every_kind_of_step_and_every_key_of_a_head() -> None:
    read: list[dict[str, Any]] = [tomllib.loads(text) for path, text in examples().items() if "/" in path]
    kinds = {key for flow in read for step in flow["steps"] for key in step}
    assert {"say", "ask", "choose", "decide", "do", "wait", "start"} <= kinds
    assert FlowDefinition.model_fields.keys() == {key for flow in read for key in flow}


def own_files() -> Mapping[str, str]:
    found: dict[str, str] = {}
    for block in fences(PAGES["docs/made-to-measure.md"], "toml"):
        name = block.partition("\n")[0].removeprefix("# ")
        found[name] = f"{found.get(name, '')}{block}\n"
    return found


def test_every_file_that_the_facilitator_s_guide_shows_can_be_published() -> None:
    found = judge(packaged_catalogue(), own_files(), "", {"en": 2})
    assert found.problems == ()
    assert set(own_files()) == {"texts.toml", "our_story.toml", "agenda.toml", "thresholds.toml"}
    assert found.flows == ("our_story", "weekly_checkin")


def test_the_guide_names_every_threshold_with_what_is_packaged() -> None:
    rows = dict(re.findall(r"^\| `(\w+)` \| (\S+) \|", PAGES["docs/made-to-measure.md"], re.MULTILINE))
    assert rows == {name: str(value) for name, value in PACKAGED.model_dump(mode="json").items()}


# -- the README and the records ----------------------------------------------------------------------------------------


def test_the_transcript_in_the_readme_is_cut_from_the_one_that_it_names() -> None:
    found = re.search(r"\((tests/transcripts/\S+\.txt)\)[^`]*```\n(.*?)```", PAGES["README.md"], re.DOTALL)
    assert found is not None
    assert found[2].count("\n") >= 5
    assert f"\n{found[2]}" in (ROOT / found[1]).read_text(encoding="utf-8")


def test_the_readme_shows_the_rehearsal_room() -> None:
    picture = re.search(r"!\[[^\]]+\]\((docs/pictures/[\w-]+\.png)\)", PAGES["README.md"])
    assert picture is not None
    assert (ROOT / picture[1]).read_bytes().startswith(b"\x89PNG")


def test_the_tree_in_the_readme_is_the_tree() -> None:
    tree = next(block for block in fences(PAGES["README.md"], "") if block.startswith("flows/"))
    names = [line.split()[0] for line in tree.splitlines()]
    assert len(names) == 6
    assert all((ROOT / name).is_dir() for name in names)


def test_decision_records_are_numbered_without_a_gap_and_have_their_parts() -> None:
    records = sorted((ROOT / "docs" / "adr").glob("*.md"))
    assert [int(path.name[:4]) for path in records] == list(range(1, len(records) + 1))
    for path in records:
        text = path.read_text(encoding="utf-8")
        assert text.startswith(f"# {path.name[:4]} ")
        assert re.search(r"^Date: \d{4}-\d\d-\d\d · Status: \w+", text, re.MULTILINE)
        assert re.findall(r"^## (\w+)$", text, re.MULTILINE) == ["Context", "Decision", "Consequences"]
        assert len(text.split()) < 400, "one page at most"


def test_no_page_names_a_folder_of_somebodys_machine() -> None:
    for name, text in PAGES.items():
        assert not re.search(r"(?<![\w.])/(home|root|Users|tmp|work)/", text), name


# -- numbers that the pages promise ------------------------------------------------------------------------------------

NUMBERS = [
    ("docs/privacy.md", "forgotten after 48 hours", timedelta(hours=48) == inbox.KEEP_KEYS),
    ("docs/privacy.md", "stay for 20 days", timedelta(days=20) == ticks.SENT_KEPT),
    ("docs/privacy.md", "discarded after 24 hours", timedelta(hours=24) == confiding.DISCARD_AFTER),
    ("docs/privacy.md", "nothing after 60 days", timedelta(days=60) == programmes.INVITATION_VALID_FOR),
    ("README.md", "within 60 days", timedelta(days=60) == programmes.INVITATION_VALID_FOR),
    ("docs/glossary.md", "21:00 to 08:00", (cadence.QUIET_START, cadence.QUIET_END) == (21 * 60, 8 * 60)),
    ("docs/twins-help.md", "nine in the evening", (cadence.QUIET_START, cadence.QUIET_END) == (21 * 60, 8 * 60)),
    ("docs/write-a-flow.md", "5 messages, 4 taps and 4,000 bytes", known.Budget(5, 4, 4_000) == known.PROMPTED),
    ("docs/translate.md", "a button has 40 characters", extraction.LIMITS[extraction.Kind.BUTTON] == 40),
]


@pytest.mark.parametrize(("page", "words", "holds"), NUMBERS)
def test_a_number_that_a_page_promises_is_the_one_in_the_code(page: str, words: str, holds: bool) -> None:
    assert words in PAGES[page]
    assert holds, f"{page} says '{words}'; the code says something else"


def test_what_twins_are_told_of_the_check_in_is_what_the_flow_says() -> None:
    check_in = packaged_catalogue().current("weekly_checkin").definition
    assert check_in.expires is not None
    assert check_in.reminder is not None
    assert check_in.expires.late_for == timedelta(days=13)
    assert check_in.reminder.after == timedelta(days=2)
    for page in ("docs/twins-help.md", "CHANGELOG.md"):
        assert "up to 13 days" in PAGES[page]
    assert "one reminder two days later" in PAGES["docs/twins-help.md"]
