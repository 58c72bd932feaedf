"""The files that operators copy: they hold what their pages promise, and what they name is there."""

from __future__ import annotations

import configparser
import json
import re
from typing import Any

import yaml

from bot.application import STOP_SECONDS, Role
from bot.settings import Settings
from tests.docs.reading import PAGES, ROOT

DEPLOY = ROOT / "docs" / "deploy"
ROLES = {str(role) for role in Role}


def unit() -> configparser.ConfigParser:
    parser = configparser.ConfigParser(interpolation=None)
    parser.optionxform = lambda name: name  # type: ignore[assignment,method-assign]  # systemd tells capitals apart
    parser.read_string((DEPLOY / "twinbot.service").read_text(encoding="utf-8"))
    return parser


def instructions() -> list[tuple[str, str]]:
    """(instruction, the rest) of the Dockerfile, continued lines joined."""
    text = (DEPLOY / "Dockerfile").read_text(encoding="utf-8").replace("\\\n", " ")
    found = [line.partition(" ") for line in text.splitlines() if line and not line.startswith("#")]
    return [(name, rest.strip()) for name, _, rest in found]


def compose() -> dict[str, Any]:
    found: dict[str, Any] = yaml.safe_load((DEPLOY / "compose.yaml").read_text(encoding="utf-8"))
    return found


def test_the_unit_runs_as_a_user_without_rights_and_leaves_time_to_end() -> None:
    service = unit()["Service"]
    page = PAGES["docs/deploy/small-server.md"]
    assert service["User"] == service["Group"] != "root"
    assert not [name for name in service if name.startswith("Exec") and service[name].startswith(("+", "!"))]
    assert f"--home-dir {service['WorkingDirectory']} " in page
    assert service["ReadWritePaths"] == service["WorkingDirectory"]
    assert service["ProtectSystem"] == "strict"
    assert service["NoNewPrivileges"] == "yes"
    assert service["CapabilityBoundingSet"] == ""
    assert float(service["TimeoutStopSec"]) > 2 * STOP_SECONDS
    assert service["ExecStart"].split()[-1] in ROLES


def test_a_refused_setting_does_not_start_the_unit_again_and_again() -> None:
    assert unit()["Service"]["RestartPreventExitStatus"] == "2"


def test_the_image_ends_as_a_user_without_rights_and_keeps_data_and_keys_apart() -> None:
    lines = instructions()
    user = next(i for i, (name, _) in enumerate(lines) if name == "USER")
    assert lines[user][1] not in ("0", "root")
    assert [name for name, _ in lines[user:] if name in ("RUN", "COPY")] == []
    kept = json.loads(next(rest for name, rest in lines if name == "VOLUME"))
    service = compose()["services"]["twinbot"]
    mounted = dict(volume.split(":") for volume in service["volumes"])
    assert sorted(mounted.values()) == sorted(kept)
    assert set(mounted) == set(compose()["volumes"])
    assert json.loads(next(rest for name, rest in lines if name == "CMD"))[0] in ROLES


def test_nothing_secret_is_copied_into_the_image() -> None:
    ignored = (ROOT / ".dockerignore").read_text(encoding="utf-8").split()
    assert {".env", "data", ".git"} <= set(ignored)


def test_the_container_gets_no_right_that_it_does_not_need() -> None:
    service = compose()["services"]["twinbot"]
    assert service["cap_drop"] == ["ALL"]
    assert service["read_only"] is True
    assert not {"user", "privileged", "cap_add", "devices", "network_mode", "pid", "ports"} & set(service)
    assert service["security_opt"] == ["no-new-privileges:true"]
    assert float(service["stop_grace_period"].removesuffix("s")) > 2 * STOP_SECONDS


def test_a_machine_that_was_off_brings_the_bot_back() -> None:
    assert compose()["services"]["twinbot"]["restart"] == "unless-stopped"
    assert unit()["Install"]["WantedBy"] == "multi-user.target"
    assert "systemctl enable" in PAGES["docs/deploy/small-server.md"]


def test_what_the_image_installs_and_asks_is_there() -> None:
    text = (DEPLOY / "Dockerfile").read_text(encoding="utf-8")
    assert (ROOT / "constraints.txt").is_file()
    assert "--constraint constraints.txt" in text
    port = Settings.model_fields["port"].default
    assert f"EXPOSE {port}" in text
    assert f"http://127.0.0.1:{port}/readyz" in text


def test_every_step_that_names_a_file_of_this_folder_names_one_that_is_there() -> None:
    named = {
        name
        for page, text in PAGES.items()
        if page.startswith("docs/deploy/")
        for name in re.findall(r"docs/deploy/([\w.-]+)", text)
    }
    assert named == {"twinbot.service", "compose.yaml"}
    assert all((DEPLOY / name).is_file() for name in named)
