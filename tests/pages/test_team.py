"""What viewers may not, what the workspace's defaults and a member's limits do to the composer, and who sets them."""

from collections.abc import Callable
from typing import Any

import pytest
from django.urls import reverse

from tests.pages.conftest import PROMPT

GOOD = {"prompt": PROMPT, "mode": "quality", "size": "256x256", "n": "1"}


@pytest.fixture
def vera(studio):
    from accounts.models import Membership
    from accounts.services import users

    person = users.create_user(email="vera@example.org", display_name="Vera")
    Membership.objects.create(workspace=studio, user=person, role="viewer")
    return person


@pytest.fixture
def at(studio) -> Callable[..., str]:
    return lambda name, *args: reverse(f"pages:{name}", args=[studio.slug, *args])


def member_of(studio, person) -> Any:
    return studio.memberships.filter(user=person)


def test_a_viewer_makes_nothing(at, client_of, vera) -> None:
    from generation.models import Generation

    client = client_of(vera)
    for url in (at("create"), at("feeds")):
        for sent in (GOOD, {}):
            assert client.post(url, sent).status_code == 403
            assert client.post(url, sent, headers={"HX-Request": "true"}).status_code == 403
    assert not Generation.objects.exists()


def test_a_viewer_reads_why_there_is_no_composer(at, client_of, vera) -> None:
    page = client_of(vera).get(at("create")).content.decode()
    assert "viewers see what is shared" in page
    assert "data-composer" not in page
    assert "create.js" not in page


def test_a_viewer_stops_nothing(at, client_of, vera, ask, studio) -> None:
    asked = ask(by=vera_as_member(studio, vera))
    member_of(studio, vera).update(role="viewer")
    assert client_of(vera).post(at("cancel", asked.pk)).status_code == 403
    assert client_of(vera).post(at("cancel", ask().pk)).status_code == 403


def vera_as_member(studio: Any, vera: Any) -> Any:
    member_of(studio, vera).update(role="member")
    return vera


def test_a_viewer_wakes_no_feed_of_before(at, client_of, vera, studio) -> None:
    from generation.services import feeds

    feed = feeds.open_feed(workspace=studio, person=vera_as_member(studio, vera), prompt="a cat")
    member_of(studio, vera).update(role="viewer")
    client = client_of(vera)
    assert "data-composer" not in client.get(at("feed", feed.pk)).content.decode()
    for name in ("feed_read", "feed_prompt", "feed_pause", "feed_end"):
        assert client.post(at(name, feed.pk), {"prompt": "a dog"}).status_code == 403


def test_members_stop_their_own_and_admins_everybodys(at, client_of, ask, alice, bob, studio) -> None:
    own, others = ask(by=bob), ask()
    assert client_of(bob).post(at("cancel", others.pk)).status_code == 403
    others.refresh_from_db()
    assert others.status == "queued"
    assert client_of(bob).post(at("cancel", own.pk)).status_code == 302
    assert client_of(alice).post(at("cancel", ask(by=bob).pk)).status_code == 302


def test_a_limit_is_said_beside_the_composer(at, client_of, bob, studio) -> None:
    member_of(studio, bob).update(daily_pictures=0, modes=["quality"])
    client = client_of(bob)
    assert 'value="speed"' not in client.get(at("create")).content.decode()
    said = client.post(at("create"), GOOD, headers={"HX-Request": "true"})
    assert said.status_code == 422
    assert said.json()["errors"]["form"].startswith("You may draw 0 pictures a day")
    wrong = client.post(at("create"), GOOD | {"mode": "speed"}, headers={"HX-Request": "true"})
    assert wrong.json()["errors"]["mode"].startswith("In this workspace you may draw in Quality.")


def test_no_mode_left_is_no_composer(at, client_of, bob, studio) -> None:
    member_of(studio, bob).update(modes=["pro"])
    page = client_of(bob).get(at("create"))
    assert page.status_code == 200
    assert "not part of the workspace’s plan" in page.content.decode().replace("&#x27;", "’")


def test_the_composer_starts_with_the_workspaces_defaults(at, client_of, alice, bob, studio) -> None:
    given = {"mode": "quality", "size": "1024x576", "sharing": "private"}
    assert client_of(alice).post(at("defaults"), given).status_code == 302
    studio.refresh_from_db()
    assert not studio.shares_pictures
    page = client_of(bob).get(at("create")).content.decode()
    assert 'data-n="4" checked' in page
    assert 'name="size" value="1024x576" checked' in page


def test_a_default_mode_that_the_plan_lacks_is_left_out(at, client_of, alice, bob, studio) -> None:
    client_of(alice).post(at("defaults"), {"mode": "pro", "size": "", "sharing": "shared"})
    assert 'value="speed" data-n="1" checked' in client_of(bob).get(at("create")).content.decode()


@pytest.mark.parametrize("wrong", [{"mode": "4k"}, {"size": "1x1"}, {"sharing": "x"}, {"sharing": ""}])
def test_it_refuses_bad_defaults(at, client_of, alice, studio, wrong) -> None:
    answer = client_of(alice).post(at("defaults"), {"mode": "quality", "size": "", "sharing": "private"} | wrong)
    assert answer.status_code == 422
    studio.refresh_from_db()
    assert studio.shares_pictures


def test_admins_set_limits(at, client_of, alice, bob, studio) -> None:
    given = {"daily_pictures": "12", "monthly_dollars": "2.50", "modes": ["speed", "quality"]}
    assert client_of(alice).post(at("limits", bob.pk), given).status_code == 302
    member = member_of(studio, bob).get()
    assert (member.daily_pictures, member.monthly_micros, member.modes) == (12, 2_500_000, ["speed", "quality"])
    page = client_of(alice).get(reverse("accounts:member", args=[studio.slug, bob.pk])).content.decode()
    assert "$2.50" in page
    given = {"daily_pictures": "", "monthly_dollars": "", "modes": ["speed", "quality", "pro"]}
    client_of(alice).post(at("limits", bob.pk), given)
    member.refresh_from_db()
    assert (member.daily_pictures, member.monthly_micros, member.modes) == (None, None, [])


BAD: list[dict[str, Any]] = [
    {"daily_pictures": "-1"},
    {"daily_pictures": "many"},
    {"daily_pictures": "99999999999999"},
    {"monthly_dollars": "-0.01"},
    {"monthly_dollars": "NaN"},
    {"monthly_dollars": "1e999"},
    {"monthly_dollars": "0.001"},
    {"modes": []},
    {"modes": ["4k"]},
]


@pytest.mark.parametrize("wrong", BAD)
def test_it_refuses_bad_limits(at, client_of, alice, bob, studio, wrong) -> None:
    given = {"daily_pictures": "1", "monthly_dollars": "1", "modes": ["speed"]} | wrong
    answer = client_of(alice).post(at("limits", bob.pk), given)
    assert answer.status_code == 422
    assert "errorlist" in answer.content.decode()
    assert member_of(studio, bob).get().daily_pictures is None


def test_settings_are_for_those_who_may(at, client_of, alice, bob, charlie) -> None:
    for url in (at("defaults"), at("limits", alice.pk)):
        assert client_of(bob).get(url).status_code == 403
        assert client_of(charlie).get(url).status_code == 404
    assert client_of(alice).get(at("limits", charlie.pk)).status_code == 404
