"""Every address of the site, found by walking the resolver, as anonymous, Alice, Bob, Vera and Charlie.

Alice owns the workspace, Bob is a member, Vera a viewer, Charlie a stranger. What each may do is the permission table's
word; an address without a rule here fails. Nothing of Alice's reaches Charlie, wherever he asks.
"""

import re
import uuid
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import pytest
from asgiref.sync import async_to_sync
from django.db import transaction
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver
from django.utils import timezone
from django_scopes import scope, scopes_disabled

from accounts.permissions import TABLE
from tests.site import things_of
from tests.site.rules import RULES, Rule

SECRET = "zanzibar-lighthouse"
"""In the name of everything of Alice's."""
ROLES = {"alice": "owner", "bob": "member", "vera": "viewer", "charlie": None}
PEOPLE = ("anonymous", *ROLES)
SLUG = "zanzibar-lighthouse"


@dataclass(frozen=True)
class Route:
    name: str
    pattern: str
    view: Callable[..., Any]


def routes() -> Iterator[Route]:
    return _walk(get_resolver().url_patterns)


def _walk(patterns: list[URLPattern | URLResolver], before: str = "", space: str = "") -> Iterator[Route]:
    for pattern in patterns:
        place = before + str(pattern.pattern)
        if isinstance(pattern, URLPattern):
            yield Route(space + (pattern.name or place), place, pattern.callback)
        else:
            inner = f"{space}{pattern.namespace}:" if pattern.namespace else space
            yield from _walk(pattern.url_patterns, place, inner)


ALL = {route.name: route for route in routes()}
STAFF = sorted(name for name, route in ALL.items() if route.pattern.startswith("admin/"))
OURS = sorted(set(ALL) - set(STAFF))


def test_every_address_has_a_rule() -> None:
    assert sorted(set(OURS) - set(RULES)) == []
    assert sorted(set(RULES) - set(OURS)) == [], "rules for addresses that are no more"


@dataclass
class World:
    """The workspace, its people's browsers, and one of each of Alice's things by name."""

    browsers: dict[str, Client]
    things: dict[str, Any]
    own_slug: str  # of Charlie's workspace


@pytest.fixture
def world(alice, bob, charlie, fresh, password) -> World:
    from accounts.models import Membership
    from accounts.services import api_keys, invitations, users, workspaces
    from generation.services import collections, feeds, prompts, request

    vera = users.create_user(email="vera@example.org", password=password, display_name="Vera")
    made = workspaces.create_workspace(name=SECRET, owner=alice)
    assert made.slug == SLUG
    with scope(workspace=made):
        Membership.objects.create(workspace=made, user=bob, role="member")
        Membership.objects.create(workspace=made, user=vera, role="viewer")
        feed = feeds.open_feed(workspace=made, person=alice, prompt=SECRET)
        asked = request.submit(
            workspace=made, requested_by=alice, source="page", prompt=SECRET, mode="speed", size="256x256"
        )
        picture = _picture(asked)
        prompt = prompts.save(workspace=made, person=alice, name=SECRET, text=SECRET)
        verdict = _verdict(picture)
        collection = collections.create(workspace=made, by=alice, name=SECRET)
        invitation, _ = invitations.by_link(workspace=made, actor=alice, role="viewer")
    people = {"alice": alice, "bob": bob, "vera": vera, "charlie": charlie}
    browsers = {"anonymous": Client()} | {name: fresh(person) for name, person in people.items()}
    things = {
        "generation": asked.pk,
        "picture": picture.pk,
        "feed": feed.pk,
        "invitation": invitation.pk,
        "prompt": prompt.pk,
        "verdict": verdict.pk,
    }
    key, _ = api_keys.create(workspace=made, name=SECRET, created_by=alice)
    things |= {"workspace": made.pk, "bob": bob.pk, "key": key.pk}
    things |= {"call": _call(key), "collection": collection.pk}
    things |= _of_developers(made, alice, key)
    things |= {"zip": things_of.zip_of(alice, made, picture)}
    things |= {"export": _export(alice, made), "own_export": _export(alice, None)}
    return World(browsers, things, workspaces.personal(charlie).slug)


def _of_developers(made: Any, alice: Any, key: Any) -> dict[str, uuid.UUID]:
    """A webhook with something that was sent to it, and a batch."""
    from generation.models import Batch, BatchLine, Delivery, Hook

    with scope(workspace=made):
        hook = Hook.objects.create(
            workspace=made, url=f"https://{SECRET}.org/", events=["batch.finished"], sealed_secret=SECRET,
            created_by=alice,
        )  # fmt: skip
        delivery = Delivery.objects.create(
            workspace=made, hook=hook, event_id="evt_1", type="test", payload={"data": SECRET}, status="delivered"
        )
        batch = Batch.objects.create(
            workspace=made, created_by=alice, api_key=key, name=SECRET, total=1, most_micros=35_000
        )
        BatchLine.objects.create(
            workspace=made, batch=batch, index=0, custom_id=SECRET, wish={"prompt": SECRET}, state="failed"
        )
    return {"hook": hook.pk, "delivery": delivery.pk, "batch": batch.pk}


def _picture(asked: Any) -> Any:
    from generation.models import Picture

    return Picture.objects.create(
        workspace=asked.workspace, generation=asked, index=0, seed=1, width=256, height=256, byte_size=1, seconds=1,
        storage_key=f"ws/{asked.workspace_id}/{asked.pk}/{'0' * 64}.png", sha256="0" * 64, positions=64,
    )  # fmt: skip


def _verdict(picture: Any) -> Any:
    from generation.models import Verdict

    about = {"workspace": picture.workspace, "generation": picture.generation, "picture": picture}
    return Verdict.objects.create(**about, stage="after", decision="review", reason=SECRET, state="open")


def _call(key: Any) -> uuid.UUID:
    """A request with the key, whose line says the secret."""
    from generation.services import calls

    with scope(workspace=key.workspace):
        asked = calls.Request("GET", f"/v1/models/{SECRET}", SECRET)
        calls.record(workspace=key.workspace, api_key_id=key.pk, request=asked, answer=calls.Answer(200, 1.0, {}))
        return calls.of_workspace(workspace=key.workspace, wish=calls.Wish(), limit=1)[0].pk


def _export(person: Any, workspace: Any) -> uuid.UUID:
    """One that is ready, of the person alone or of the workspace."""
    from django.core.files.base import ContentFile
    from django.core.files.storage import default_storage

    from accounts.models import Export

    ends = timezone.now() + timedelta(days=1)
    pk = uuid.UUID(int=8 if workspace else 7)
    with scopes_disabled():
        made = Export.objects.create(
            pk=pk, person=person, workspace=workspace, status="ready", attempt=1, finished_at=ends, expires_at=ends
        )
    if not default_storage.exists(made.storage_key):
        default_storage.save(made.storage_key, ContentFile(SECRET.encode()))
    return pk


def address(route: Route, rule: Rule, world: World, *, slug: str = SLUG) -> str:
    """The route's address with Alice's things in it."""
    thing = world.things.get(rule.thing, uuid.UUID(int=1))
    known = {"slug": slug, "pk": thing, "person": thing, "user_id": thing, "name": "x"} | rule.values

    def fill(match: re.Match[str]) -> str:
        return "1" if "<int:" in match[0] else str(known.get(match["name"], "1-x"))

    plain = re.sub(r"\(\?P<(?P<name>\w+)>.*?\)(?=[-/$])", fill, route.pattern.replace("^", ""))
    return "/" + re.sub(r"<(?:\w+:)?(?P<name>\w+)>", fill, plain).rstrip("$")


def visit(browser: Client, url: str, rule: Rule) -> Any:
    """The answer; whatever it changed is undone."""
    with transaction.atomic():
        answer = browser.get(url) if rule.post is None else browser.post(url, rule.post)
        if answer.streaming:
            answer.content_read = _all_of(answer)  # type: ignore[attr-defined]
        transaction.set_rollback(True)
    return answer


def _all_of(answer: Any) -> bytes:
    async def read() -> bytes:
        return b"".join([chunk async for chunk in answer.streaming_content])

    return async_to_sync(read)() if answer.is_async else b"".join(answer.streaming_content)


def expected(rule: Rule, person: str) -> tuple[int, ...]:
    if rule.who == "everybody":
        return rule.allowed
    if rule.who == "key":
        return (401,)
    if person == "anonymous":
        return (302,)
    if rule.who == "self":
        return rule.allowed
    if person == "charlie":
        return (404,)
    if rule.who == "maker":
        return rule.allowed if person == "alice" else (403, 404)
    role = ROLES[person]
    return rule.allowed if role and rule.who in TABLE[role] else (403,)


@pytest.mark.parametrize("name", sorted(set(OURS) & set(RULES)))
def test_it_answers_each_person_as_the_table_says(name: str, world: World) -> None:
    rule = RULES[name]
    url = address(ALL[name], rule, world)
    found = {person: visit(world.browsers[person], url, rule) for person in PEOPLE}
    wrong = {who: got.status_code for who, got in found.items() if got.status_code not in expected(rule, who)}
    assert wrong == {}, f"{url}: not as {rule.who} allows"
    if found["anonymous"].status_code == 302 and rule.who != "everybody":
        assert "/accounts/" in found["anonymous"].headers["Location"]
    for stranger in ("anonymous", "charlie"):
        assert SECRET not in _said(found[stranger]).replace(url, ""), f"{url} tells {stranger} of Alice's"


@pytest.mark.parametrize("name", sorted(name for name in set(OURS) & set(RULES) if RULES[name].thing))
def test_it_finds_none_of_alices_things_in_charlies_workspace(name: str, world: World) -> None:
    if "<slug:slug>" in ALL[name].pattern:
        url = address(ALL[name], RULES[name], world, slug=world.own_slug)
        assert visit(world.browsers["charlie"], url, RULES[name]).status_code == 404


def _said(answer: Any) -> str:
    body = bytes(getattr(answer, "content_read", b"") or getattr(answer, "content", b""))
    return body.decode(errors="replace") + str(answer.headers.get("Location", ""))


@pytest.mark.parametrize("name", STAFF)
def test_the_admin_is_for_staff(name: str, world: World) -> None:
    known = {"object_id": "1", "app_label": "accounts", "content_type_id": "1", "url": "x"}
    plain = ALL[name].pattern.replace("^", "").rstrip("$")
    for group in (r"<(?:\w+:)?(\w+)>", r"\(\?P<(\w+)>.*?\)(?=/|$)"):
        plain = re.sub(group, lambda match: known.get(match[1], "1"), plain)
    url = f"/{plain}"
    for person in PEOPLE:
        answer = world.browsers[person].get(url)
        assert answer.status_code in (302, 404) or name in ("admin:login", "admin:jsi18n"), (person, url)
        assert SECRET not in _said(answer).replace(url, "")
