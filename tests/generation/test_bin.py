"""The bin: what is in it is seen nowhere, comes back, and is gone after thirty days."""

from datetime import timedelta

import pytest
from django.core.exceptions import PermissionDenied
from django.core.files.storage import default_storage
from django.utils import timezone

from accounts.models import AuditEntry, Membership, User
from generation.models import Generation, Mark, Picture, PictureDay, Tile
from generation.services import bin as picture_bin
from generation.services import browse, library, marking, room
from generation.services.search import Wish


@pytest.fixture
def picture(ask, draw) -> Picture:
    draw(ask())
    return Picture.objects.select_related("generation", "workspace").get()


@pytest.fixture
def adam(studio) -> User:
    made = User.objects.create_user("adam@example.org")
    Membership.objects.create(workspace=studio, user=made, role=Membership.Role.ADMIN)
    return made


def shown(studio, reader) -> int:
    counted = library.days(workspace=studio, reader=reader)
    found = library.stacks(workspace=studio, reader=reader, wish=Wish(), counted=counted, limit=9)
    assert sum(counted.values()) == sum(len(stack.pictures) for stack in found)
    return len(found)


def test_it_is_seen_nowhere_while_it_is_in_the_bin(picture, studio, alice, client_of) -> None:
    url, there = f"/w/{studio.slug}/pictures/{picture.pk}", client_of(alice)
    assert shown(studio, alice) == 1
    picture_bin.put(picture=picture, by=alice)
    assert shown(studio, alice) == 0
    assert there.get(url).status_code == 404
    assert there.post(f"{url}/mark", {"rating": "3"}).status_code == 404
    assert browse.by_content(workspace=studio, reader=alice, sha256=picture.sha256) is None
    assert str(picture.pk) not in there.get(f"/w/{studio.slug}/create").content.decode()
    assert str(picture.pk) in there.get(f"/w/{studio.slug}/gallery/bin").content.decode()
    assert room.used(studio) == picture.byte_size
    there.post(f"{url}/restore")
    assert there.get(url).status_code == 200
    assert shown(studio, alice) == 1


def test_it_is_not_published_any_more_when_it_comes_back(picture, alice) -> None:
    Picture.objects.update(published_at=timezone.now())
    picture_bin.put(picture=picture, by=alice)
    picture_bin.restore(picture=picture, by=alice)
    assert Picture.there.get().published_at is None


def test_it_is_for_its_maker_and_for_who_moderates(picture, studio, alice, bob, adam) -> None:
    with pytest.raises(PermissionDenied):
        picture_bin.put(picture=picture, by=bob)
    picture_bin.put(picture=picture, by=adam)
    with pytest.raises(PermissionDenied):
        picture_bin.restore(picture=picture, by=bob)
    assert picture_bin.contents(workspace=studio, reader=bob) == []
    assert picture_bin.contents(workspace=studio, reader=alice) == [picture]
    Generation.objects.update(is_shared=False)
    assert picture_bin.contents(workspace=studio, reader=adam) == []
    assert picture_bin.delete_all(workspace=studio, ids=[picture.pk], by=adam).ids == []
    entry = AuditEntry.objects.get(action="picture.binned")
    assert (entry.actor, entry.detail["picture"]) == (adam, str(picture.pk))


def test_it_is_deleted_with_its_file_after_thirty_days(picture, studio, alice) -> None:
    marking.rate(picture, alice, 4)
    picture_bin.put(picture=picture, by=alice)
    Picture.objects.update(deleted_at=timezone.now() - timedelta(days=29))
    assert picture_bin.purge() == 0
    Picture.objects.update(deleted_at=timezone.now() - timedelta(days=31))
    assert picture_bin.purge() == 1
    assert not default_storage.exists(picture.storage_key)
    assert not Picture.objects.exists()
    assert not Mark.objects.exists()
    assert Generation.objects.exists(), "the ledger names it"
    assert room.used(studio) == 0
    assert not Tile.objects.exists()
    assert PictureDay.objects.get().pictures == 0


def test_it_keeps_a_file_that_another_picture_has(picture, studio, alice) -> None:
    Picture.objects.create(
        workspace=studio, generation=picture.generation, index=7, seed=1, width=256, height=256, byte_size=1, seconds=1,
        storage_key=picture.storage_key, sha256=picture.sha256, positions=64,
    )  # fmt: skip
    picture_bin.put(picture=picture, by=alice)
    assert picture_bin.delete_all(workspace=studio, ids=[picture.pk], by=alice).ids == [picture.pk]
    assert default_storage.exists(picture.storage_key)
    assert Tile.objects.get().pictures == 1


def test_it_deletes_nothing_that_is_not_in_the_bin(picture, studio, alice) -> None:
    assert picture_bin.delete_all(workspace=studio, ids=[picture.pk], by=alice).ids == []
    assert default_storage.exists(picture.storage_key)
