"""From a run to papers in children's hands, on the whole stack."""

from __future__ import annotations

from urllib.parse import urlencode

import httpx

from deploy.endpoints import Endpoints
from tests.packs import sheets
from tests.service.html_forms import form
from tests.system.households import Household
from tests.waiting import eventually

CHILDREN = ("Wiremu", "Aroha", "Māia")


async def signed_in(client: httpx.AsyncClient, endpoints: Endpoints) -> None:
    filled = form((await client.get("/sign-in")).text, "password").fields
    typed = {"username": endpoints.staff_user, "password": endpoints.staff_password}
    assert (await client.post("/sign-in", data={**filled, **typed})).status_code == 303


async def pack_of(client: httpx.AsyncClient, run_id: str, **chosen: str) -> list[str]:
    """What its sheets say."""

    async def look() -> bytes | None:
        answer = await client.get(f"/runs/{run_id}/pack.pdf?{urlencode(chosen)}")
        assert answer.status_code == 200
        assert "There is no pack" not in answer.text
        return answer.content if answer.headers["content-type"] == "application/pdf" else None

    return [sheet.text for sheet in sheets(await eventually(look, within=30))]


async def test_a_run_is_printed_handed_out_and_ticked_off(endpoints: Endpoints, household: Household) -> None:
    students = {name: await household.add_student(name, "Ngāta") for name in CHILDREN}
    run_id = f"run-{household.key}"
    selected = [{"progression_id": await household.complete(student_id)} for student_id in students.values()]
    body = {"run_id": run_id, "requested_by": "Office", "email": "none", "certificates": selected}
    await household.school.command("certificates.cmd.start_generation", body)
    for student_id in students.values():
        await household.school.event("certificates.evt.issued", student_id=student_id, within=60)
    async with httpx.AsyncClient(base_url=endpoints.staff) as client:
        await signed_in(client, endpoints)
        cover, *papers = await pack_of(client, run_id)
        assert f"{household.class_name} · Māia Tūhoe" in cover
        assert [name for paper in papers for name in CHILDREN if f"{name} Ngāta" in paper] == [
            "Aroha",
            "Māia",
            "Wiremu",
        ]
        both = await pack_of(client, run_id, each="2", cover="no", background="no")
        assert len(both) == 2
        assert "Aroha Ngāta" in both[0]
        assert "Māia Ngāta" in both[0]
        assert "proudly" not in " ".join(both)

        here = f"/not-handed-out?{urlencode({'class': household.class_name})}"
        ticks = form((await client.get(here)).text, "presented")
        assert len(ticks.attributes["presented"]) == len(CHILDREN)
        first = ticks.attributes["presented"][0]["value"]
        answer = await client.post(here, data={**ticks.fields, "presented": first})
        assert answer.headers["location"] == here
        left = await client.get(here)
        assert "Aroha Ngāta" not in left.text
        assert "Māia Ngāta" in left.text
        assert len(await pack_of(client, run_id, which="waiting", cover="no")) == 2
