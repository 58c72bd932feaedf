"""The dependency audit of `make check`: a known vulnerability fails it, and what nobody could tell is said."""

from __future__ import annotations

import importlib.util
import json
import sys
from types import ModuleType

import pytest

from tests.docs.reading import ROOT


@pytest.fixture(scope="module")
def audit() -> ModuleType:
    spec = importlib.util.spec_from_file_location("audit", ROOT / ".ci" / "audit.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules["audit"] = module  # its dataclass looks there
    spec.loader.exec_module(module)
    return module


SOUND = {"name": "sound", "version": "1.0", "vulns": []}
HOLED = {"name": "holed", "version": "1.0", "vulns": [{"id": "PYSEC-2026-1", "fix_versions": ["1.1"]}]}
UNKNOWN = {"name": "unknown", "skip_reason": "Dependency not found on PyPI and could not be audited: unknown (1.0)"}


def _report(*dependencies: object) -> str:
    return json.dumps({"dependencies": dependencies, "fixes": []})


def test_a_known_vulnerability_fails_and_says_what_mends_it(audit: ModuleType) -> None:
    code, said = audit.verdict([audit.read(_report(SOUND, HOLED, UNKNOWN))])
    assert code == 1
    assert "holed 1.0: PYSEC-2026-1, mended in 1.1" in said


def test_without_one_it_passes_and_counts(audit: ModuleType) -> None:
    assert audit.verdict([audit.read(_report(SOUND))]) == (0, "Audited: 1. No known vulnerability.")


def test_what_a_service_does_not_know_is_named(audit: ModuleType) -> None:
    code, said = audit.verdict([audit.read(_report(SOUND, UNKNOWN))])
    assert code == 0
    assert "NOT AUDITED, unknown to the service: unknown" in said


@pytest.mark.parametrize("report", ["", "no network", "[]", "null", _report(UNKNOWN)])
def test_where_nobody_can_tell_it_says_so_and_passes(audit: ModuleType, report: str) -> None:
    code, said = audit.verdict([audit.read(report), audit.read("")])
    assert code == 0
    assert said.startswith("!!! NOT AUDITED")


def test_it_is_part_of_make_check() -> None:
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    assert "\ncheck: install-tests audit " in makefile
    assert "\n\t$(BIN)/python .ci/audit.py\n" in makefile


def test_fuzzing_is_no_part_of_make_test() -> None:
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    (test,) = [line for line in makefile.splitlines() if line.startswith("test:")]
    assert "fuzz" not in test
    assert "\nfuzz: install-tests " in makefile
