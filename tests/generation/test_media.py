import hashlib

import pytest
import time_machine
from django.core.files.storage import default_storage
from django.test import Client

from generation import storage
from generation.models import Picture


@pytest.fixture
def picture(ask, draw) -> Picture:
    draw(ask())
    return Picture.objects.get()


def test_it_serves_the_picture_privately(picture: Picture) -> None:
    answer = Client().get(storage.picture_url(picture))
    body = answer.getvalue()
    assert hashlib.sha256(body).hexdigest() == picture.sha256
    assert answer["Content-Type"] == "image/png"
    assert answer["X-Content-Type-Options"] == "nosniff"
    assert "private" in answer["Cache-Control"]
    assert "attachment" not in answer["Content-Disposition"]


def test_it_sends_nothing_that_the_browser_has(picture: Picture) -> None:
    url = storage.picture_url(picture)
    etag = Client().get(url)["ETag"]
    again = Client().get(url, headers={"If-None-Match": etag})
    assert (again.status_code, again.content, again["ETag"]) == (304, b"", etag)


def test_it_names_a_download(picture: Picture) -> None:
    answer = Client().get(storage.picture_url(picture, download=True))
    assert answer["Content-Disposition"] == f'attachment; filename="aurora-{picture.sha256[:12]}.png"'


def test_it_keeps_its_url_for_a_while_so_that_browsers_do_too(picture: Picture) -> None:
    with time_machine.travel("2026-11-24 10:05", tick=False):
        url = storage.picture_url(picture)
        for_clients = storage.picture_url(picture, absolute=True).removeprefix("http://127.0.0.1:8000")
    with time_machine.travel("2026-11-24 10:25", tick=False):
        assert storage.picture_url(picture) == url
        assert Client().get(url).status_code == 200
    with time_machine.travel("2026-11-24 11:00", tick=False):
        assert Client().get(url).status_code == 404
        assert Client().get(for_clients).status_code == 200
    with time_machine.travel("2026-11-24 12:00", tick=False):
        assert Client().get(for_clients).status_code == 404


@pytest.mark.parametrize(
    "change",
    [
        lambda url: url.replace("signature=", "signature=x"),
        lambda url: url.partition("?")[0],
        lambda url: url + "&format=jpeg",
        lambda url: url + "&download=1",
        lambda url: url.replace("expires=", "expires=9"),
        lambda url: url.replace("expires=", "expires=x"),
        lambda url: url.replace(".png", ".PNG"),
        lambda url: url.replace("/ws/", "/ws/../ws/"),
    ],
)
def test_it_serves_nothing_else(picture: Picture, change) -> None:
    assert Client().get(change(storage.picture_url(picture))).status_code == 404


def test_it_says_404_when_the_file_is_gone(picture: Picture) -> None:
    default_storage.delete(picture.storage_key)
    assert Client().get(storage.picture_url(picture)).status_code == 404


def test_it_takes_no_post(picture: Picture) -> None:
    assert Client().post(storage.picture_url(picture)).status_code == 405


def test_it_keeps_pictures_in_s3_when_that_is_given(bucket: str, ask, draw) -> None:
    import httpx

    made = ask()
    draw(made)
    picture = Picture.objects.get()
    url = storage.picture_url(picture, download=True)
    assert url.startswith(f"{bucket}/aurora/ws/")
    assert "X-Amz-Signature=" in url
    answer = httpx.get(url)
    assert hashlib.sha256(answer.content).hexdigest() == picture.sha256
    assert answer.headers["Content-Type"] == "image/png"
    assert answer.headers["Content-Disposition"].startswith("attachment")
    jpeg = Client().get(storage.picture_url(picture, output_format=storage.Format("jpeg")))
    assert jpeg.getvalue()[:3] == b"\xff\xd8\xff"
