"""The consumer kit finds what is wrong with a reader, and says which message and why."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from contracts.catalogue import BY_STEM, SCHOOL
from deploy.cli import main
from deploy.consumer_kit.golden import Series
from deploy.consumer_kit.trial import Verdict, acted_twice, tried
from tests.printed import files
from tests.service.newcomer import PAGE

SERIES = Series("00000")
GOLDENS = [*SERIES.before_the_break(), *SERIES.after_the_break()]


def test_the_golden_messages_are_twenty_and_the_contract_knows_them_or_they_say_that_it_does_not() -> None:
    assert len(GOLDENS) == 20
    known = [golden for golden in GOLDENS if golden.stem in BY_STEM]
    for golden in known:
        BY_STEM[golden.stem].body.model_validate_json(golden.payload)
    assert {golden.stem for golden in known} == {
        stem for stem, message in BY_STEM.items() if SCHOOL in message.consumers
    }
    assert {golden.stem for golden in GOLDENS} - BY_STEM.keys() == {
        "certificates.evt.framed.v1",
        "certificates.evt.issued.v2",
    }


def test_a_certificate_is_acted_on_once_a_version() -> None:
    once = [f"{golden.number} done" for golden in {(g.number, g.body.get("version")): g for g in GOLDENS}.values()]
    assert acted_twice(GOLDENS, once) == ([], [])
    [fault], _ = acted_twice(GOLDENS, [*once, "2026-000002 done"])
    assert fault == "it acted 2 times on certificate 2026-000002, which has 1 version"
    [fault], _ = acted_twice(GOLDENS, [line for line in once if "2026-000004" not in line])
    assert fault == "it never acted on certificate 2026-000004"
    [], [note] = acted_twice(GOLDENS, ["started"])
    assert "could not be seen" in note


def test_who_gives_no_program_is_told_so(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["consumer-kit", "--", "no-such-reader"]) == 1
    assert "no-such-reader: there is no such program" in capsys.readouterr().err


async def verdict_on(folder: Path, before: str, after: str, patience_s: float = 20.0) -> Verdict:
    """The printed reader with one thing made worse."""
    good = files(PAGE)["reader.py"]
    assert before in good
    (folder / "bad.py").write_text(good.replace(before, after))
    command = ["sh", "-ec", f"cd {folder}\nexec {sys.executable} bad.py"]
    return await tried(command, folder / "kit", patience_s)


TAKE = "def take(event):\n"
ACKNOWLEDGES = "await message.ack()"


@pytest.mark.heavy
async def test_a_reader_that_chokes_on_an_unknown_field_is_told_which_message_it_was(tmp_path: Path) -> None:
    verdict = await verdict_on(tmp_path, TAKE, f"{TAKE}    assert 'added_later' not in event\n")
    ended, message = verdict.faults
    assert ended == "it ended by itself, with exit code 1"
    assert message.startswith("message 6 (certificates.evt.issued.v1: issued with a field that is not in the contract")
    assert "AssertionError" in verdict.printed[-1]


@pytest.mark.heavy
async def test_a_reader_that_acts_on_repeats_is_found(tmp_path: Path) -> None:
    verdict = await verdict_on(tmp_path, "if not file.exists():", "if True:")
    assert [fault.split(" on ")[0] for fault in verdict.faults] == ["it acted 3 times", "it acted 2 times"]


@pytest.mark.heavy
async def test_a_reader_that_throws_away_what_it_does_not_know_is_found(tmp_path: Path) -> None:
    picky = f'await (message.term() if b"unlike" in message.data else {ACKNOWLEDGES.removeprefix("await ")})'
    verdict = await verdict_on(tmp_path, ACKNOWLEDGES, picky)
    assert [fault.split(":")[0] for fault in verdict.faults] == [
        "message 8 (certificates.evt.framed.v1",
        "message 9 (certificates.evt.issued.v2",
    ]
    assert all("was thrown away" in fault for fault in verdict.faults)


@pytest.mark.heavy
async def test_a_reader_that_refuses_a_message_again_and_again_is_found(tmp_path: Path) -> None:
    stubborn = 'await (message.nak(1) if b"refused" in message.subject.encode() else message.ack())'
    verdict = await verdict_on(tmp_path, ACKNOWLEDGES, stubborn, patience_s=3.0)
    [fault] = verdict.faults
    assert fault.startswith("message 10 (commands.evt.refused.v1: a refused command) was given ")
    assert fault.endswith("times and never acknowledged")


@pytest.mark.heavy
async def test_a_reader_that_reads_nothing_is_told_where_to_read(tmp_path: Path) -> None:
    [fault] = (await tried(["sleep", "60"], tmp_path / "kit", 1.0)).faults
    assert fault.startswith("it acknowledged nothing in 1 s: it reads the consumer school@kauri-coast of EVENTS")
