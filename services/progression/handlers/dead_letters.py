"""Messages that were kept aside: sent once more, or dropped."""

from __future__ import annotations

from functools import partial

from contracts.certificates import DropDeadLetter, RetryDeadLetter
from services.kit.dead_letters import DeadLetter, NoSuchLetter
from services.progression.domain import Refusal, refuse
from services.progression.work import Work


async def retry_dead_letter(work: Work, command: RetryDeadLetter) -> None:
    letter = await _own(work, command.letter_id)
    work.said.append(letter.once_more())
    # Published first: a letter that is still there may be sent again, one that is gone may not.
    work.afterwards.append(partial(work.letters.drop, letter.letter_id))


async def drop_dead_letter(work: Work, command: DropDeadLetter) -> None:
    letter = await _own(work, command.letter_id)
    work.afterwards.append(partial(work.letters.drop, letter.letter_id))


async def _own(work: Work, letter_id: int) -> DeadLetter:
    """Refusal where the school has no such letter."""
    try:
        letter = await work.letters.get(letter_id)
    except NoSuchLetter as missing:
        raise _unknown(letter_id) from missing
    if letter.school_id != work.school_id:
        raise _unknown(letter_id)
    return letter


def _unknown(letter_id: int) -> Refusal:
    return refuse("unknown_dead_letter", f"There is no dead letter {letter_id}; it may be done already.", "letter_id")
