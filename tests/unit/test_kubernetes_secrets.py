from __future__ import annotations

from pathlib import Path

import pytest

from contracts.permissions import SERVICES
from deploy.kubernetes_secrets import USERS, NoSuchSchool, lay_out, missing


def test_each_service_gets_a_password_of_its_own_which_the_broker_knows(tmp_path: Path) -> None:
    lay_out(tmp_path, ["harbour"])
    users = (tmp_path / USERS).read_text()
    urls = {user: (tmp_path / user / "laurel_nats_url").read_text() for user in (*SERVICES, "school-harbour")}
    passwords = {url.split(":")[2].split("@")[0] for url in urls.values()}
    assert len(passwords) == len(urls)
    for user, url in urls.items():
        assert url.startswith(f"tls://{user}:")
    assert all(len(password) >= 43 and f'"{password}"' in users for password in passwords)
    assert all(path.stat().st_mode & 0o077 == 0 for path in tmp_path.rglob("*") if path.is_file())


def test_whoever_asks_again_keeps_the_passwords_and_the_schools(tmp_path: Path) -> None:
    lay_out(tmp_path, ["harbour"])
    before = (tmp_path / USERS).read_text()
    lay_out(tmp_path)
    assert (tmp_path / USERS).read_text() == before


def test_what_only_the_installation_knows_is_named_until_it_is_there(tmp_path: Path) -> None:
    lay_out(tmp_path)
    for path in missing(tmp_path):
        (tmp_path / path).parent.mkdir(exist_ok=True)
        (tmp_path / path).write_text("x")
    assert missing(tmp_path) == []
    assert (tmp_path / "notification" / "laurel_smtp_url").exists()


def test_a_school_that_could_be_anything_gets_nothing(tmp_path: Path) -> None:
    with pytest.raises(NoSuchSchool, match="no school's id"):
        lay_out(tmp_path, ["harbour", "*"])
    assert list(tmp_path.iterdir()) == []
