"""A region of a picture drawn anew: what the page takes, and what it says of what it does not take."""

import io
from typing import Any

import pytest
from django.core.files.storage import default_storage
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from PIL import Image, ImageDraw

from generation.models import Generation, Reference
from tests.generation.conftest import announce

SCRIPT = {"HX-Request": "true"}
WORDS = {"prompt": "a green pear", "mode": "quality", "n": "2"}


def mask(*, hole: tuple[int, int, int, int] | None = (10, 10, 60, 40), side: int = 256) -> SimpleUploadedFile:
    image = Image.new("RGBA", (side, side), (0, 0, 0, 255))
    if hole:
        ImageDraw.Draw(image).rectangle(hole, fill=(0, 0, 0, 0))
    target = io.BytesIO()
    image.save(target, "PNG")
    return SimpleUploadedFile("mask.png", target.getvalue(), content_type="image/png")


@pytest.fixture
def picture(drawn):
    announce("quick")
    return drawn(mode="quality", n=1).pictures.get()


@pytest.fixture
def url(picture) -> str:
    return reverse("pages:edit_region", args=[picture.workspace.slug, picture.pk])


@pytest.fixture
def client(client_of, bob):
    return client_of(bob)


def edits() -> Any:
    return Generation.objects.filter(change="edit").select_related("reference")


def test_it_begins_with_the_pictures_own_words_and_says_what_it_costs(client, url, picture) -> None:
    page = client.get(url).content.decode()
    assert f">{picture.generation.prompt}</textarea>" in page
    assert 'data-cell="32" data-columns="8" data-rows="8"' in page
    assert "Included" in page
    assert "Quality" in page and "Speed" in page


def test_it_draws_what_was_painted(client, url, picture) -> None:
    answer = client.post(url, WORDS | {"mask": mask()}, headers=SCRIPT)
    assert answer.status_code == 201
    made = edits().get()
    assert f'data-generation="{made.pk}"' in answer.content.decode()
    assert "X-Aurora-Day" in answer.headers
    assert (made.prompt, made.n, made.mode, str(made.size)) == ("a green pear", 2, "quality", "256x256")
    assert made.reference.picture == picture
    with default_storage.open(made.reference.mask_key) as file:
        area = Image.open(file).copy()
    assert (area.getpixel((20, 20)), area.getpixel((100, 100))) == (255, 0)


def test_it_works_by_four_numbers_without_a_script(client, url) -> None:
    answer = client.post(url, WORDS | {"x": "64", "y": "0", "width": "500", "height": "32"})
    made = edits().get()
    assert answer.url == f"{url}?made={made.pk}"
    with default_storage.open(made.reference.mask_key) as file:
        assert Image.open(file).getbbox() == (64, 0, 256, 32)
    page = client.get(answer.url).content.decode()
    assert f'data-generation="{made.pk}"' in page
    assert 'http-equiv="refresh"' in page


def test_it_is_seen_by_whom_the_picture_is(client, client_of, alice, url, picture) -> None:
    Generation.objects.update(is_shared=False)
    assert client.post(url, WORDS | {"mask": mask()}).status_code == 404
    client_of(alice).post(url, WORDS | {"mask": mask()})
    assert edits().get().is_shared is False


@pytest.mark.parametrize(
    ("sent", "field", "said"),
    [
        ({}, "mask", "Mark what is to be drawn anew"),
        ({"mask": mask(hole=None)}, "mask", "Mark what is to be drawn anew"),
        ({"mask": mask(hole=(0, 0, 255, 255))}, "mask", "touches every square"),
        ({"mask": mask(side=128)}, "mask", "make them equal"),
        ({"mask": SimpleUploadedFile("m.png", b"?")}, "mask", "cannot be read"),
        ({"mask": SimpleUploadedFile("m.png", b"")}, "mask", "cannot be read"),
        ({"mask": SimpleUploadedFile("m.png", b"x" * 2_000_001)}, "mask", "larger than 2 MB"),
        ({"mask": mask(), "prompt": " "}, "prompt", "Write what the picture should show"),
        ({"mask": mask(), "prompt": "é" * 1001}, "prompt", "1,001 characters"),
        ({"mask": mask(), "mode": "pro"}, "mode", "part of the plans"),
        ({"mask": mask(), "mode": "nonsense"}, "mode", "Choose one of these modes"),
        ({"mask": mask(), "n": "9"}, "n", "from 1 to 4"),
        ({"x": "1", "y": "1", "width": "9"}, "mask", "Mark what is to be drawn anew"),
        ({"x": "900", "y": "1", "width": "9", "height": "9"}, "mask", "Mark what is to be drawn anew"),
        ({"x": "a", "y": "1", "width": "0", "height": "99999999999"}, "mask", "whole number"),
    ],
)  # fmt: skip
def test_it_says_beside_the_field_what_does_not_fit(client, url, sent: dict[str, Any], field: str, said: str) -> None:
    for file in (value for value in sent.values() if isinstance(value, SimpleUploadedFile)):
        file.seek(0)
    answer = client.post(url, WORDS | sent, headers=SCRIPT)
    assert answer.status_code == 422
    assert said in answer.json()["errors"][field]
    for file in (value for value in sent.values() if isinstance(value, SimpleUploadedFile)):
        file.seek(0)
    page = client.post(url, WORDS | sent)
    assert page.status_code == 422
    assert said in page.content.decode()
    assert not edits().exists()
    assert not Reference.objects.exists()


def test_what_came_of_another_picture_is_not_shown(client, url, drawn) -> None:
    for made in (drawn().pk, "nonsense", "7d3f0b36-0000-4000-8000-000000000000"):
        assert client.get(f"{url}?made={made}").status_code == 404


def test_it_says_where_no_mode_draws_the_size(client, url, picture) -> None:
    type(picture).objects.update(width=1920, height=1080)
    page = client.get(url).content.decode()
    assert "none draws" in page
    assert '<form class="region-form"' not in page


@pytest.mark.parametrize(
    ("size", "hole", "touched"),
    [((256, 256), (0, 0, 0, 0), 1), ((256, 256), (31, 31, 32, 32), 4), ((512, 512), (0, 0, 511, 511), 64),
     ((1920, 1080), (0, 0, 63, 60), 2), ((1920, 1080), (0, 0, 63, 59), 1), ((1920, 1080), (0, 1070, 9, 1079), 1)],
)  # fmt: skip
def test_it_counts_the_squares_that_a_mask_touches(size: tuple[int, int], hole: Any, touched: int) -> None:
    from generation.services import regions

    image = Image.new("RGBA", size, (0, 0, 0, 255))
    ImageDraw.Draw(image).rectangle(hole, fill=(0, 0, 0, 0))
    assert regions.touched(image) == touched
