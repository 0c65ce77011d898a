"""The pages of API keys: what each role sees and may do there."""

import re
import shlex
from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone
from django_scopes import scope

from accounts.models import ApiKey, Membership
from accounts.services import api_keys

KEYS = "/w/atelier/keys/"
NEW = {"name": "Robot", "scopes": ["images:write", "models:read"], "expires": "", "cap": ""}


@pytest.fixture
def studio(workspace):
    """The workspace, in whose scope the test runs; without commits, which nothing here waits for."""
    with scope(workspace=workspace):
        yield workspace


@pytest.fixture
def key_of(studio):
    return lambda person, name="Robot", **limits: api_keys.create(
        workspace=studio, name=name, created_by=person, **limits
    )


def shown(answer) -> str:
    assert answer.status_code == 200
    assert "no-store" in answer["Cache-Control"]
    found = re.search(r"value=\"(aur_live_[0-9A-Za-z_]{47})\"", answer.content.decode())
    assert found
    return found[1]


def test_it_shows_a_new_key_once_with_a_command_that_works(studio, client_of, bob) -> None:
    browser = client_of(bob)
    answer = browser.post(f"{KEYS}new", NEW | {"scopes": ["models:read"]})
    raw = shown(answer)
    assert raw not in browser.get(KEYS).content.decode()
    command = shlex.split(answer.context["example"].replace("\\\n", ""))
    assert command[:2] == ["curl", "http://127.0.0.1:8000/v1/models"]
    header, _, value = command[3].partition(": ")
    assert Client().get("/v1/models", headers={header: value}).status_code == 200


def test_it_keeps_the_limits(studio, client_of, alice) -> None:
    day = timezone.now().date() + timedelta(days=3)
    client_of(alice).post(f"{KEYS}new", NEW | {"expires": day.isoformat(), "cap": "12.50"})
    made = ApiKey.objects.get()
    assert made.scopes == ["images:write", "models:read"]
    assert made.monthly_cap_micros == 12_500_000
    assert made.expires_at
    assert (made.expires_at - timedelta(seconds=1)).date() == day
    page = client_of(alice).get(f"{KEYS}{made.pk}/limits").content.decode()
    assert 'value="12.50"' in page
    assert f'value="{day}"' in page


@pytest.mark.parametrize(
    "wrong",
    [
        {"name": " "}, {"name": "x" * 81}, {"name": "a\x00b"}, {"scopes": []}, {"scopes": ["everything"]},
        {"expires": "yesterday"}, {"expires": "2020-01-01"}, {"expires": "9999-12-31"}, {"cap": "0"}, {"cap": "-1"},
        {"cap": "NaN"}, {"cap": "1e99"}, {"cap": "0.001"},
    ],
)  # fmt: skip
def test_it_says_what_is_wrong_beside_the_field(studio, client_of, alice, wrong: dict) -> None:
    answer = client_of(alice).post(f"{KEYS}new", NEW | wrong)
    assert answer.status_code == 422
    assert list(answer.context["form"].errors) == list(wrong)
    assert not ApiKey.objects.exists()


def test_it_shows_members_their_own_and_admins_all(key_of, client_of, alice, bob) -> None:
    hers, his = key_of(alice, "Hers")[0], key_of(bob, "His")[0]
    seen = [client_of(person).get(KEYS).content.decode() for person in (alice, bob)]
    assert [hers.key_id in page for page in seen] == [True, False]
    assert [his.key_id in page for page in seen] == [True, True]


def test_it_is_rotated_by_its_maker_alone(key_of, client_of, alice, bob) -> None:
    made, old = key_of(bob)
    assert client_of(alice).post(f"{KEYS}{made.pk}/rotate", {"overlap": 0}).status_code == 403
    assert client_of(bob).post(f"{KEYS}{made.pk}/rotate", {"overlap": 7}).status_code == 422
    raw = shown(client_of(bob).post(f"{KEYS}{made.pk}/rotate", {"overlap": 0}))
    assert api_keys.authenticate(raw)
    assert not api_keys.authenticate(old)


def test_it_is_limited_by_admins_alone(key_of, client_of, alice, bob) -> None:
    made, _ = key_of(bob)
    form = {"scopes": ["models:read"], "cap": "5"}
    assert client_of(bob).post(f"{KEYS}{made.pk}/limits", form).status_code == 403
    assert client_of(alice).post(f"{KEYS}{made.pk}/limits", form).status_code == 302
    made.refresh_from_db()
    assert (made.scopes, made.monthly_cap_micros) == (["models:read"], 5_000_000)


def test_it_is_revoked_after_a_second_question(key_of, client_of, alice, bob) -> None:
    his, hers = key_of(bob)[0], key_of(alice)[0]
    assert client_of(bob).post(f"{KEYS}{hers.pk}/revoke").status_code == 404
    assert client_of(alice).get(f"{KEYS}{his.pk}/revoke").status_code == 200
    assert ApiKey.objects.filter(revoked_at=None).count() == 2
    assert client_of(alice).post(f"{KEYS}{his.pk}/revoke").status_code == 302
    assert list(ApiKey.objects.filter(revoked_at=None)) == [hers]
    assert client_of(alice).post(f"{KEYS}{his.pk}/limits", {"scopes": ["models:read"]}).status_code == 422


def test_it_says_that_a_key_waits_for_its_maker(key_of, client_of, alice, bob) -> None:
    key_of(bob)
    Membership.objects.filter(user=bob).delete()
    assert "may no longer use keys here" in client_of(alice).get(KEYS).content.decode()


def test_it_is_closed_to_viewers_and_strangers(key_of, client_of, alice, bob, charlie) -> None:
    made, _ = key_of(alice)
    Membership.objects.filter(user=bob).update(role=Membership.Role.VIEWER)
    for path in ("", "new", f"{made.pk}/rotate", f"{made.pk}/limits", f"{made.pk}/revoke"):
        assert client_of(bob).get(KEYS + path).status_code == 403
        assert client_of(charlie).get(KEYS + path).status_code == 404
        assert client_of(charlie).get(f"/w/charlie/keys/{path}").status_code == (200 if path in ("", "new") else 404)


def test_it_asks_as_many_questions_for_forty_keys_as_for_four(
    key_of, client_of, alice, django_assert_max_num_queries
) -> None:
    for number in range(4):
        key_of(alice, str(number))
    browser = client_of(alice)
    with django_assert_max_num_queries(30) as few:
        browser.get(KEYS)
    for number in range(36):
        key_of(alice, str(number))
    with django_assert_max_num_queries(len(few)):
        browser.get(KEYS)
