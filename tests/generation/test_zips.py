"""Zips of chosen pictures: made in the background, by one worker at a time, for whoever asked."""

import io
import zipfile
from datetime import timedelta

import pytest
from django.core.files.storage import default_storage
from django.utils import timezone

from generation.models import Bundle, Picture
from generation.services import bin as picture_bin
from generation.services import browse, zips


@pytest.fixture
def made(studio, alice, ask, draw) -> Bundle:
    for _ in range(2):
        draw(ask())
    ids = Picture.objects.values_list("pk", flat=True)
    pictures = browse.pictures(workspace=studio, reader=alice, ids=ids)
    return zips.ask(workspace=studio, person=alice, pictures=pictures)


def names(bundle: Bundle) -> list[str]:
    with default_storage.open(bundle.storage_key, "rb") as file:
        return zipfile.ZipFile(io.BytesIO(file.read())).namelist()


def test_it_packs_the_pictures_for_a_day(made, studio, alice, bob, client_of, body_of) -> None:
    page = f"/w/{studio.slug}/gallery/zips/{made.pk}"
    assert "Packing 2 pictures" in client_of(alice).get(page).content.decode()
    assert client_of(alice).get(f"{page}.zip").status_code == 404
    assert zips.make_next()
    made.refresh_from_db()
    assert len(names(made)) == 2
    answer = client_of(alice).get(f"{page}.zip")
    assert len(zipfile.ZipFile(io.BytesIO(body_of(answer))).namelist()) == 2
    assert client_of(bob).get(f"{page}.zip").status_code == client_of(bob).get(page).status_code == 404
    Bundle.objects.update(expires_at=timezone.now() - timedelta(seconds=1))
    assert client_of(alice).get(f"{page}.zip").status_code == 404
    assert zips.expire() == 1
    assert not default_storage.exists(made.storage_key)
    assert not zips.make_next()


def test_it_leaves_out_what_was_deleted_meanwhile(made, studio, alice) -> None:
    picture_bin.put(picture=Picture.objects.select_related("workspace")[0], by=alice)
    assert zips.make_next()
    made.refresh_from_db()
    assert (len(names(made)), made.done) == (1, 1)


def test_it_goes_on_after_a_dead_worker_and_not_with_a_late_one(made, monkeypatch: pytest.MonkeyPatch) -> None:
    dead = zips._claim()
    assert dead
    assert not zips.make_next(), "the lease holds"
    Bundle.objects.update(lease_until=timezone.now() - timedelta(seconds=1))
    assert zips.make_next()
    with pytest.raises(zips.Fenced):
        zips._report(dead, 1)
    made.refresh_from_db()
    assert (made.status, made.attempt) == ("ready", 2)


def test_it_gives_up_after_three_attempts(made, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(zips, "_write", lambda *_: 1 / 0)
    for _ in range(3):
        assert zips.make_next()
        Bundle.objects.update(lease_until=timezone.now() - timedelta(seconds=1))
    assert not zips.make_next()
    made.refresh_from_db()
    assert made.status == "failed"


def test_it_refuses_more_than_anybody_waits_for(made, studio, alice) -> None:
    pictures = list(Picture.objects.all())
    for _ in range(zips.OPEN - 1):
        zips.ask(workspace=studio, person=alice, pictures=pictures)
    with pytest.raises(zips.Refused):
        zips.ask(workspace=studio, person=alice, pictures=pictures)
