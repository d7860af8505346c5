"""The artefact store loses its PDFs."""

from __future__ import annotations

from pathlib import Path

from tests.drills.drill import Scene


async def artefacts_lost(scene: Scene) -> None:
    """All PDFs are deleted, once while they are made and once when all are there. Layouts stay."""
    await scene.stand.a_while(1, 4)
    _lose(scene)
    await scene.pressed.wait()
    await scene.stand.a_while(0, 2)
    _lose(scene)


def delete_pdfs(store: Path) -> int:
    """How many were in the artefact store that lies in this folder."""
    gone = 0
    for pdf in (store / "certificates").rglob("*.pdf"):
        pdf.unlink(missing_ok=True)
        gone += 1
    return gone


def _lose(scene: Scene) -> None:
    scene.stand.say(f"{delete_pdfs(scene.stand.home.artefacts)} PDFs are deleted")
