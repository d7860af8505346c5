"""The artefact store loses its PDFs."""

from __future__ import annotations

from tests.drills.drill import Scene


async def artefacts_lost(scene: Scene) -> None:
    """All PDFs are deleted, once while they are made and once when all are there. Layouts stay."""
    await scene.stand.a_while(1, 4)
    _delete_pdfs(scene)
    await scene.pressed.wait()
    await scene.stand.a_while(0, 2)
    _delete_pdfs(scene)


def _delete_pdfs(scene: Scene) -> None:
    gone = 0
    for pdf in (scene.stand.home.artefacts / "certificates").rglob("*.pdf"):
        pdf.unlink(missing_ok=True)
        gone += 1
    scene.stand.say(f"{gone} PDFs are deleted")
