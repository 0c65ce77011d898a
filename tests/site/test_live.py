"""The whole site as `manage.py up` runs it."""

import httpx

from tests.live import Site


def test_it_answers_when_ready(live: Site) -> None:
    answer = httpx.get(f"{live.url}/readyz")
    assert answer.status_code == 200
    assert answer.json()["parts"]["worker"] == {"ok": True}


def test_it_makes_a_workspace_and_a_key_from_the_command_line(live: Site) -> None:
    slug = live.manage("create_workspace", "Night shift", "--owner", "nina@example.org")
    assert slug == "night-shift"
    key = live.manage("create_api_key", "--workspace", slug)
    assert key.startswith("aur_live_")
