"""Alice's private picture is Alice's alone: in pages, data, streams and files. What is shared, the workspace sees."""

import json
from typing import Any

import pytest
from django.test import Client
from django_scopes import scope

from accounts.models import AuditEntry, Membership, User
from accounts.services import api_keys
from generation import progress, storage
from generation.models import Feed, Generation, Picture
from generation.services import browse, feeds, request

PROMPT = "a lonely zebra"
BASE = "/w/atelier"


@pytest.fixture
def studio(workspace):
    """The workspace, in whose scope the test runs; without commits, which cost time."""
    with scope(workspace=workspace):
        yield workspace


@pytest.fixture
def vera(studio) -> User:
    made = User.objects.create_user("vera@example.org")
    Membership.objects.create(workspace=studio, user=made, role=Membership.Role.VIEWER)
    return made


@pytest.fixture
def adam(studio) -> User:
    made = User.objects.create_user("adam@example.org")
    Membership.objects.create(workspace=studio, user=made, role=Membership.Role.ADMIN)
    return made


@pytest.fixture
def picture(ask, draw) -> Picture:
    """Finished, and Alice's own."""
    draw(ask(share=False, prompt=PROMPT))
    return Picture.objects.select_related("generation", "workspace").get()


def addresses(picture: Picture) -> list[str]:
    return [
        f"{BASE}/pictures/{picture.pk}",
        f"{BASE}/generations/{picture.generation_id}",
        f"{BASE}/pictures/{picture.pk}",
        f"{BASE}/create?from={picture.generation_id}",
    ]


def sees_it(browser: Client, picture: Picture) -> bool:
    """Whether it is reached by any address; all of them agree."""
    script = {"HX-Request": "true"}
    seen = {browser.get(url, headers=script).status_code == 200 for url in addresses(picture)[:3]}
    gallery = browser.get(f"{BASE}/gallery").content.decode()
    seen |= {trace in gallery for trace in (PROMPT, str(picture.pk), picture.sha256)}
    assert len(seen) == 1
    return seen.pop()


def test_it_is_its_makers_alone(picture, client_of, alice, bob, vera, adam) -> None:
    assert sees_it(client_of(alice), picture)
    for other in (bob, vera, adam):
        assert not sees_it(client_of(other), picture), other


def test_it_is_not_there_for_others_under_any_address(picture, client_of, bob, vera, adam, charlie) -> None:
    for person in (bob, vera, adam, charlie):
        browser = client_of(person)
        for url in addresses(picture):
            for headers in ({}, {"HX-Request": "true"}):
                answer = browser.get(url, headers=headers)
                assert answer.status_code in (403, 404), (person, url)
                assert PROMPT not in answer.content.decode()


def test_it_is_seen_by_all_members_once_it_is_shared(picture, client_of, alice, bob, vera, adam, charlie) -> None:
    share = f"{BASE}/generations/{picture.generation_id}/share"
    back = client_of(alice).post(share, {"share": "shared", "picture": picture.pk})
    assert back.headers["Location"] == f"{BASE}/pictures/{picture.pk}"
    for member in (alice, bob, vera, adam):
        assert sees_it(client_of(member), picture)
    assert not any(client_of(charlie).get(url).status_code == 200 for url in addresses(picture))
    client_of(alice).post(share, {"share": "private"})
    assert not sees_it(client_of(bob), picture)


def test_it_is_shared_and_hidden_by_its_maker_alone(picture, client_of, alice, bob, adam) -> None:
    share = f"{BASE}/generations/{picture.generation_id}/share"
    assert client_of(adam).post(share, {"share": "shared"}).status_code == 404
    client_of(alice).post(share, {"share": "shared"})
    for other in (bob, adam):
        assert client_of(other).post(share, {"share": "private"}).status_code == 403
    assert client_of(alice).post(share, {"share": "everybody"}).status_code == 400
    assert Generation.objects.get().is_shared


def test_it_writes_down_who_shared_and_hid_it_and_not_what_it_shows(picture, client_of, alice) -> None:
    for word in ("shared", "shared", "private"):
        client_of(alice).post(f"{BASE}/generations/{picture.generation_id}/share", {"share": word})
    entries = list(AuditEntry.objects.filter(action__startswith="picture.").order_by("id"))
    assert [(entry.action, entry.actor) for entry in entries] == [("picture.shared", alice), ("picture.hidden", alice)]
    assert entries[0].target == str(picture.generation_id)
    assert PROMPT not in json.dumps([entry.detail for entry in entries])


def test_it_is_left_out_between_two_that_are_shared(ask, draw, client_of, bob) -> None:
    for share in (True, False, True):
        draw(ask(share=share))
    old, hidden, new = Picture.objects.order_by("created_at")
    page = client_of(bob).get(f"{BASE}/pictures/{new.pk}")
    assert page.context["older"] == old
    assert str(hidden.pk) not in page.content.decode()


def test_it_tells_nobody_else_how_it_grows(ask, client_of, alice, bob) -> None:
    running, shared = ask(share=False), ask(share=True)
    for one in (running, shared):
        url = f"{BASE}/generations/{one.pk}"
        assert "data-events" in client_of(alice).get(url, headers={"HX-Request": "true"}).content.decode()
        # A ticket outlives the moment in which a picture is made private: others get none.
        assert "/events/" not in client_of(bob).get(url, headers={"HX-Request": "true"}).content.decode()


def test_a_ticket_opens_no_other_stream(ask) -> None:
    hidden, shared = ask(share=False), ask(share=True)
    ticket = progress.events_url(shared).partition("ticket=")[2].replace("%3A", ":")
    assert progress.read_ticket(ticket) == (shared.pk, shared.workspace_id)
    assert progress.read_ticket(ticket.replace(str(shared.pk), str(hidden.pk))) is None


def test_a_link_opens_no_other_file(picture, ask, draw) -> None:
    draw(ask(seed=7))
    other = Picture.objects.exclude(pk=picture.pk).get()
    link = storage.picture_url(other)
    assert Client().get(link).status_code == 200
    assert Client().get(link.replace(other.storage_key, picture.storage_key)).status_code == 404
    assert Client().get(f"/media/{picture.storage_key}").status_code == 404


def test_it_stays_invisible_when_its_maker_leaves(picture, client_of, alice, adam, bob) -> None:
    Membership.objects.filter(user=alice).update(role=Membership.Role.MEMBER)
    membership = Membership.objects.get(user=alice, workspace=picture.workspace)
    membership.delete()
    assert client_of(alice).get(f"{BASE}/pictures/{picture.pk}").status_code == 404
    assert not sees_it(client_of(adam), picture)
    Generation.objects.update(requested_by=None)
    assert not sees_it(client_of(adam), picture)


def test_it_is_stopped_unseen_by_who_moderates(ask, client_of, bob, vera, adam) -> None:
    running = ask(share=False)
    stop = f"{BASE}/generations/{running.pk}/cancel"
    assert [client_of(person).post(stop).status_code for person in (bob, vera)] == [404, 403]
    answer = client_of(adam).post(stop, headers={"HX-Request": "true"})
    assert (answer.status_code, answer.content) == (204, b"")
    running.refresh_from_db()
    assert running.status == "canceled"


def test_it_is_not_stopped_by_other_members_when_shared(ask, client_of, bob, vera) -> None:
    running = ask(share=True)
    stop = f"{BASE}/generations/{running.pk}/cancel"
    assert client_of(bob).post(stop).status_code == client_of(vera).post(stop).status_code == 403
    assert Generation.objects.get().status == "queued"


@pytest.mark.parametrize(
    ("sent", "is_shared"), [({"share": "private"}, False), ({"share": "shared"}, True), ({}, True)]
)
def test_it_is_chosen_with_the_prompt(studio, client_of, alice, sent: dict, is_shared: bool) -> None:
    client_of(alice).post(f"{BASE}/create", {"prompt": PROMPT, "mode": "quality"} | sent)
    assert Generation.objects.get().is_shared == is_shared
    client_of(alice).post(f"{BASE}/feeds", {"prompt": PROMPT} | sent)
    assert Feed.objects.get().is_shared == is_shared
    assert set(Generation.objects.values_list("is_shared", flat=True)) == {is_shared}


def test_it_takes_no_other_choice(studio, client_of, alice) -> None:
    answer = client_of(alice).post(f"{BASE}/create", {"prompt": PROMPT, "mode": "quality", "share": "friends"})
    assert answer.status_code == 422
    assert 'id="id_share_error">Select a valid choice' in answer.content.decode()
    assert not Generation.objects.exists()


def test_it_is_as_the_workspace_does_it_where_nobody_says(studio, alice, monkeypatch) -> None:
    monkeypatch.setattr(studio, "shares_pictures", False, raising=False)
    key, _ = api_keys.create(workspace=studio, name="Robot", created_by=alice)
    values: Any = {"workspace": studio, "requested_by": alice, "prompt": "x", "mode": "speed"}
    assert not request.submit(source="page", **values).is_shared
    assert not request.submit(source="api", api_key=key, **values).is_shared
    assert not feeds.open_feed(workspace=studio, person=alice, prompt="x").is_shared


def test_the_api_reads_what_the_maker_of_its_key_sees(picture, studio, alice, bob) -> None:
    assert browse.generation(workspace=studio, reader=alice, id=picture.generation_id).pictures.get() == picture
    with pytest.raises(Generation.DoesNotExist):
        browse.generation(workspace=studio, reader=bob, id=picture.generation_id)
