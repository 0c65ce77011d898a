"""What one member may use: role, modes, pictures a day, credit a month."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest
from django.core.exceptions import PermissionDenied
from django.db import connection
from django.test import Client
from django.utils import timezone
from django_scopes import scope

from tests.generation.conftest import square

IMAGES = "/v1/images/generations"


def limit(workspace, person, **limits: Any) -> None:
    workspace.memberships.filter(user=person).update(**limits)


def hand_over(generation, index: int = 0) -> None:
    from generation.services import deliver

    png = square(generation.seed_of(index), "PNG", 256)
    deliver.deliver_picture(
        generation=generation, index=index, seed=generation.seed_of(index), png=png, seconds=1.0, positions=64
    )


def test_it_counts_what_is_asked_and_what_was_drawn_today(ask, studio, alice, claim) -> None:
    from generation.services.limits import LimitReached

    limit(studio, alice, daily_pictures=3)
    held = claim(ask(n=2))
    hand_over(held)
    with pytest.raises(LimitReached, match=r"3 pictures a day .* asked for 2"):
        ask(n=2)
    ask(n=1)


def test_what_was_stopped_counts_no_longer(ask, studio, alice) -> None:
    from generation.services.cancel import cancel

    limit(studio, alice, daily_pictures=2)
    cancel(generation=ask(n=2))
    ask(n=2)


def test_yesterday_does_not_count(ask, studio, alice, claim) -> None:
    from generation.models import Generation, Picture

    limit(studio, alice, daily_pictures=1)
    hand_over(claim(ask(n=1)))
    Generation.objects.update(status="succeeded", lease_until=None)
    Picture.objects.update(created_at=timezone.now() - timedelta(days=1))
    ask(n=1)


def test_the_limits_of_one_are_not_those_of_another(ask, studio, alice, bob) -> None:
    limit(studio, bob, daily_pictures=0)
    ask(n=4)


def test_only_the_members_modes_are_open(ask, studio, alice) -> None:
    from generation.services.limits import LimitReached

    limit(studio, alice, modes=["quality"])
    with pytest.raises(LimitReached, match="you may draw in Quality") as refused:
        ask()
    assert refused.value.field == "mode"
    ask(mode="quality")


def test_credit_is_limited_by_the_month(credit, ask, studio, alice) -> None:
    from generation.services.limits import LimitReached

    limit(studio, alice, monthly_micros=140_000)
    ask(source="api", n=2)
    with pytest.raises(LimitReached, match=r"\$0\.14 of credit a month .* used \$0\.14"):
        ask(source="api", n=1)
    # The pages cost no credit.
    ask(source="page")


def test_requests_at_once_see_each_other(ask, studio, alice) -> None:
    from generation.services.limits import LimitReached

    limit(studio, alice, daily_pictures=3)

    def request(_: int) -> bool:
        try:
            with scope(workspace=studio):
                ask(n=1)
        except LimitReached:
            return False
        finally:
            connection.close()
        return True

    with ThreadPoolExecutor(4) as pool:
        assert sum(pool.map(request, range(6))) == 3


def test_viewers_and_strangers_draw_nothing(ask, studio, alice, charlie) -> None:
    from generation.services import request

    limit(studio, alice, role="viewer")
    with pytest.raises(PermissionDenied):
        ask()
    with pytest.raises(PermissionDenied):
        request.submit(workspace=studio, requested_by=charlie, source="page", prompt="a cat", mode="speed")


@pytest.fixture
def post(credit, api_key, studio) -> Callable[..., Any]:
    """`post(n=2)` asks by API, with a key that Alice has made."""
    from tests.generation.conftest import announce

    announce("test")

    def send(**body: Any):
        given = {"prompt": "a red apple", "stream": True} | body
        headers = {"Authorization": f"Bearer {api_key}"}
        return Client().post(IMAGES, given, content_type="application/json", headers=headers)

    return send


@pytest.mark.parametrize(
    ("limits", "status", "kind", "param"),
    [
        ({"daily_pictures": 0}, 429, "insufficient_quota", None),
        ({"monthly_micros": 69_999}, 429, "insufficient_quota", None),
        ({"modes": ["pro"]}, 403, "invalid_request_error", "mode"),
    ],
)
def test_keys_have_the_limits_of_their_maker(post, studio, alice, limits, status, kind, param) -> None:
    limit(studio, alice, **limits)
    answer = post()
    error = answer.json()["error"]
    assert (answer.status_code, error["code"], error["type"], error["param"]) == (status, "member_limit", kind, param)
    assert (answer.headers.get("x-should-retry") == "false") == (status == 429)


@pytest.mark.parametrize("change", [{"role": "viewer"}, None])
def test_keys_end_with_the_right_of_their_maker(post, studio, alice, change) -> None:
    if change:
        limit(studio, alice, **change)
    else:
        studio.memberships.filter(user=alice).delete()
    answer = post()
    assert (answer.status_code, answer.json()["error"]["code"]) == (403, "permission_denied")


def test_a_feed_says_why_it_stands_still(studio, alice) -> None:
    from generation.services import feeds

    limit(studio, alice, daily_pictures=2)
    feed = feeds.open_feed(workspace=studio, person=alice, prompt="a cat")
    assert feed.asked == 2
    assert feed.trouble.startswith("You may draw 2 pictures a day")


def test_nobody_lifts_their_own_limits(studio, alice, bob) -> None:
    from generation.services import limits

    def change(actor, person) -> None:
        limits.change(
            workspace=studio, actor=actor, person=person, daily_pictures=5, monthly_micros=None, modes=["pro", "speed"]
        )

    change(alice, bob)
    member = studio.memberships.get(user=bob)
    assert (member.daily_pictures, member.monthly_micros, member.modes) == (5, None, ["speed", "pro"])
    with pytest.raises(PermissionDenied):
        change(bob, bob)
    limit(studio, bob, role="admin")
    for person in (alice, bob):
        with pytest.raises(PermissionDenied):
            change(bob, person)
