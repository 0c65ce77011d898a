"""Collections: made, filled, put in order, shared, given out and taken back."""

import re
import uuid
from datetime import timedelta
from typing import Any

import pytest
from django.core.exceptions import PermissionDenied
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts.models import AuditEntry, Membership
from generation.models import Collection, Generation, Picture
from generation.services import collection_links, collections
from tests.pages.conftest import PROMPT


@pytest.fixture
def made(studio, alice):
    return collections.create(workspace=studio, by=alice, name="Apples", description="Red ones")


@pytest.fixture
def four(drawn) -> list[Picture]:
    """Four pictures of Alice's."""
    return list(drawn(n=4).pictures.order_by("index"))


@pytest.fixture
def filled(made, four, alice):
    collections.add(collection=made, pictures=[one.pk for one in four], by=alice)
    return made


def order(collection: Collection, reader: Any) -> list[int]:
    return [entry.picture.index for entry in collections.entries(collection=collection, reader=reader)]


def at(collection: Collection, rest: str = "") -> str:
    return f"/w/{collection.workspace.slug}/collections/{collection.pk}{rest}"


def open_link(collection: Collection, by: Any, **wishes: Any) -> str:
    usual = {"password": None, "until": None, "shows_prompts": False}
    row = collection_links.publish(collection=collection, by=by, **usual | wishes)
    return f"/c/{collection_links.token(row)}"


def test_it_is_made_and_listed(client_of, studio, alice) -> None:
    client = client_of(alice)
    assert "belong together" in client.get(f"/w/{studio.slug}/collections/").content.decode()
    answer = client.post(f"/w/{studio.slug}/collections/", {"name": " Red   apples ", "is_shared": "on"}, follow=True)
    assert "Nothing in here yet" in answer.content.decode()
    found = Collection.objects.get()
    assert (found.name, found.is_shared, found.owner) == ("Red apples", True, alice)
    refused = client.post(f"/w/{studio.slug}/collections/", {"name": "  "})
    assert refused.status_code == 422


def test_it_takes_pictures_from_a_page_and_many_at_once(client_of, made, four, alice) -> None:
    client, picture = client_of(alice), four[0]
    page = f"/w/{made.workspace.slug}/pictures/{picture.pk}"
    assert "Apples" in client.get(page).content.decode()
    add = f"/w/{made.workspace.slug}/collections/add"
    answer = client.post(add, {"picture": picture.pk, "collection": made.pk, "next": page})
    assert answer.headers["Location"] == page
    client.post(add, {"picture": [one.pk for one in four], "collection": made.pk})
    assert order(made, alice) == [0, 1, 2, 3]
    client.post(add, {"picture": four[1].pk, "collection": "new", "name": "More", "next": "https://elsewhere.org/"})
    assert order(Collection.objects.get(name="More"), alice) == [1]
    assert client.post(add, {"picture": "x", "collection": made.pk}).status_code == 400
    assert client.post(add, {"picture": picture.pk, "collection": uuid.uuid4()}).status_code == 404


def test_it_is_put_in_order(client_of, filled, four, alice) -> None:
    client, keys = client_of(alice), [one.pk for one in four]
    page = client.get(at(filled, "?arrange")).content.decode()
    assert page.count('aria-label="Earlier') == 4
    client.post(at(filled, "/move"), {"picture": keys[3], "after": keys[0]})
    assert order(filled, alice) == [0, 3, 1, 2]
    moved = client.post(at(filled, "/move"), {"picture": keys[2], "after": ""}, headers={"HX-Request": "true"})
    assert (moved.status_code, order(filled, alice)) == (204, [2, 0, 3, 1])
    for _ in range(30):
        # Until there is no room left between two.
        collections.move(collection=filled, picture=keys[1], after=keys[2], by=alice)
        collections.move(collection=filled, picture=keys[3], after=keys[2], by=alice)
    assert order(filled, alice) == [2, 3, 1, 0]
    assert client.post(at(filled, "/move"), {"picture": uuid.uuid4(), "after": ""}).status_code == 404


def test_it_has_a_cover(client_of, filled, four, studio, alice) -> None:
    def cover() -> Picture | None:
        return collections.listed(workspace=studio, reader=alice)[0].cover

    client = client_of(alice)
    assert cover() == four[0]
    client.post(at(filled, "/cover"), {"picture": four[2].pk})
    assert cover() == four[2]
    client.post(at(filled, "/remove"), {"picture": four[2].pk})
    assert (cover(), order(filled, alice)) == (four[0], [0, 1, 3])


def test_it_shows_nobody_what_they_may_not_see(filled, four, studio, alice, bob) -> None:
    collections.change(collection=filled, by=alice, name="Apples", description="", is_shared=True)
    assert order(filled, bob) == [0, 1, 2, 3]
    Picture.objects.filter(pk=four[1].pk).update(deleted_at=timezone.now())
    assert (order(filled, alice), order(filled, bob)) == ([0, 2, 3], [0, 2, 3])
    Generation.objects.update(is_shared=False)
    assert order(filled, bob) == []
    (listed,) = collections.listed(workspace=studio, reader=bob)
    assert (listed.count, listed.cover) == (0, None)


def test_it_is_private_until_it_is_shared(client_of, filled, studio, alice, bob) -> None:
    theirs = client_of(bob)
    assert theirs.get(at(filled)).status_code == 404
    client_of(alice).post(at(filled, "/settings"), {"name": "Apples", "is_shared": "on"})
    assert theirs.get(at(filled)).status_code == 200
    assert theirs.get(at(filled, "/settings")).status_code == 403
    assert "Share and edit" not in theirs.get(at(filled)).content.decode()


def test_it_gives_roles(client_of, filled, four, studio, alice, bob, charlie) -> None:
    mine, theirs = client_of(alice), client_of(bob)
    mine.post(at(filled, "/role"), {"person": bob.pk, "role": "viewer"})
    assert theirs.get(at(filled)).status_code == 200
    assert theirs.post(at(filled, "/remove"), {"picture": four[0].pk}).status_code == 403
    mine.post(at(filled, "/role"), {"person": bob.pk, "role": "editor"})
    theirs.post(at(filled, "/remove"), {"picture": four[0].pk})
    assert order(filled, alice) == [1, 2, 3]
    theirs.post(at(filled, "/settings"), {"name": "Pears", "is_shared": "on"})
    filled.refresh_from_db()
    assert (filled.name, filled.is_shared) == ("Pears", False)
    assert theirs.post(at(filled, "/delete")).status_code == 403
    assert theirs.post(at(filled, "/link"), {}).status_code == 403
    assert mine.post(at(filled, "/role"), {"person": charlie.pk, "role": "viewer"}).status_code == 404
    assert mine.post(at(filled, "/role"), {"person": bob.pk, "role": "king"}).status_code == 400
    mine.post(at(filled, "/role"), {"person": bob.pk, "role": ""})
    assert theirs.get(at(filled)).status_code == 404
    actions = set(AuditEntry.objects.values_list("action", flat=True))
    assert {"collection.role_given", "collection.role_removed"} <= actions


def test_it_adds_nothing_that_the_editor_does_not_see(made, drawn, alice, bob) -> None:
    Generation.objects.filter(pk=(hidden := drawn(by=bob)).pk).update(is_shared=False)
    key = hidden.pictures.get().pk
    assert collections.add(collection=made, pictures=[key], by=alice) == 0
    Membership.objects.filter(user=alice).update(role="viewer")
    with pytest.raises(PermissionDenied):
        collections.add(collection=made, pictures=[key], by=alice)


def test_it_is_deleted_without_its_pictures(client_of, filled, alice) -> None:
    client_of(alice).post(at(filled, "/delete"))
    assert (Collection.objects.count(), Picture.objects.count()) == (0, 4)
    entry = AuditEntry.objects.get(action="collection.deleted")
    assert entry.target == "a private collection"


class TestLink:
    def test_it_opens_for_everybody_and_says_no_prompt(self, filled, alice) -> None:
        visitor, path = Client(), open_link(filled, alice)
        answer = visitor.get(path)
        body = answer.content.decode()
        assert body.count('<img src="/media/') == 4
        assert answer.headers["X-Robots-Tag"] == "noindex, nofollow"
        assert 'content="noindex' in body
        assert not {word for word in (PROMPT, alice.email, "Alice", "Atelier") if word in body}
        picture = re.search(r'src="(/media/[^"]+)"', body)
        assert picture
        assert visitor.get(picture[1].replace("&amp;", "&")).status_code == 200
        assert PROMPT in visitor.get(open_link(filled, alice, shows_prompts=True)).content.decode()
        assert Client().get("/c/x").status_code == 404

    def test_it_closes_when_it_is_revoked_or_over(self, client_of, filled, alice) -> None:
        path, client = open_link(filled, alice), client_of(alice)
        client.post(at(filled, "/link"), {"until": timezone.localdate().isoformat()})
        assert Client().get(path).status_code == 200
        Collection.objects.update(link_until=timezone.now() - timedelta(seconds=1))
        assert Client().get(path).status_code == 404
        Collection.objects.update(link_until=None)
        client.post(at(filled, "/link"), {"revoke": "1"})
        assert Client().get(path).status_code == 404
        assert open_link(filled, alice) != path
        past = client.post(at(filled, "/link"), {"until": "2020-01-01"})
        assert past.status_code == 422

    def test_it_shows_what_its_owner_sees(self, filled, four, studio, alice, bob, drawn) -> None:
        path, shared = open_link(filled, alice), drawn(by=bob)
        collections.add(collection=filled, pictures=[shared.pictures.get().pk], by=alice)

        def seen() -> int:
            return Client().get(path).content.decode().count('<img src="/media/')

        assert seen() == 5
        Generation.objects.filter(pk=shared.pk).update(is_shared=False)
        Picture.objects.filter(pk=four[0].pk).update(deleted_at=timezone.now())
        assert seen() == 3
        Membership.objects.filter(user=alice, workspace=studio).update(role="viewer")
        assert Client().get(path).status_code == 404

    def test_it_asks_for_the_password(self, filled, alice) -> None:
        visitor, path = Client(), open_link(filled, alice, password="a red one")
        locked = visitor.get(path).content.decode()
        assert "has a password" in locked
        assert "Apples" not in locked
        assert visitor.post(path, {"password": "a green one"}).status_code == 422
        assert visitor.post(path, {"password": "a red one"}, follow=True).content.decode().count("/media/") == 8
        assert "has a password" in Client().get(path).content.decode()
        open_link(filled, alice, password="another one")
        assert "has a password" in visitor.get(path).content.decode()
        open_link(filled, alice, password="")
        assert "Apples" in Client().get(path).content.decode()

    def test_it_counts_tries_at_the_password(self, filled, alice, monkeypatch) -> None:
        monkeypatch.setattr(collection_links, "TRIES_OF_ADDRESS", 3)
        visitor, path = Client(), open_link(filled, alice, password="a red one")
        codes = [visitor.post(path, {"password": "no"}).status_code for _ in range(4)]
        assert codes == [422, 422, 422, 429]
        assert visitor.post(path, {"password": "a red one"}).status_code == 429

    def test_it_keeps_password_and_address_from_the_database(self, filled, alice) -> None:
        path = open_link(filled, alice, password="a red one")
        row = Collection.objects.values().get()
        assert path.removeprefix("/c/") not in str(row)
        assert "a red one" not in str(row)


def test_the_gallery_puts_what_is_selected_into_a_new_one(client_of, alice, studio, drawn) -> None:
    client, made = client_of(alice), drawn(n=2)
    gallery = reverse("pages:gallery", args=[studio.slug])
    assert f'formaction="{reverse("pages:collection_add", args=[studio.slug])}"' in client.get(gallery).content.decode()
    stack = ",".join(str(picture.pk) for picture in made.pictures.all())
    sent = {"picture": stack, "collection": "new", "name": "Sea", "next": gallery}
    client.post(reverse("pages:collection_add", args=[studio.slug]), sent)
    assert Collection.objects.get(name="Sea").entries.count() == 2
