"""The page of one picture, its family, and its file to take away."""

import io
import json
import xml.etree.ElementTree as ElementTree
from collections.abc import Callable

import pytest
from django.contrib.staticfiles import finders
from django.test import Client
from django.urls import reverse
from PIL import ExifTags, Image

from generation import storage
from generation.models import Generation, Mark, Picture
from generation.provenance import credentials, note
from generation.services import copies


@pytest.fixture
def client(client_of, bob):
    """Bob's: a member sees what Alice made."""
    return client_of(bob)


@pytest.fixture
def vary(studio, alice, drawn) -> Callable:
    """`vary(picture)` is a subtle variation of it."""
    from generation.models import Reference

    def change(picture: Picture, **changes):
        reference = Reference.objects.create(
            workspace=studio, person=alice, picture=picture, width=256, height=256, image_key="x", byte_size=1
        )
        made = drawn(**changes)
        Generation.objects.filter(pk=made.pk).update(reference=reference, change="subtle")
        return made.pictures.get()

    return change


def address(picture: Picture, name: str = "picture") -> str:
    return reverse(f"pages:{name}", args=[picture.workspace.slug, picture.pk])


def page_of(client: Client, picture: Picture, query: str = "") -> str:
    return client.get(address(picture) + query).content.decode()


def test_it_stands_between_its_neighbours(client, drawn) -> None:
    old, middle, new = (drawn().pictures.get() for _ in range(3))
    page = page_of(client, middle)
    assert f'href="{address(new)}" rel="prev"' in page
    assert f'href="{address(old)}" rel="next"' in page
    assert "test-model" in page
    assert 'rel="prev"' not in page_of(client, new)
    assert 'rel="next"' not in page_of(client, old)


def test_each_of_its_fields_can_be_used_without_the_others(client, drawn) -> None:
    picture = drawn(seed=77).pictures.get()
    page = page_of(client, picture)
    for query in (
        "?prompt=a%20red%20apple",
        "?seed=77",
        "?mode=speed&amp;size=256x256",
        f"?from={picture.generation_id}",
    ):
        assert f"/create{query}" in page


def test_it_keeps_the_row_that_one_came_by(client, drawn) -> None:
    old, new = (drawn().pictures.get() for _ in range(2))
    page = page_of(client, new, "?in=mode%3Dspeed%26q%3Dapple")
    assert f'href="{address(old)}?in=mode%3Dspeed%26q%3Dapple" rel="next"' in page
    assert '/gallery?mode=speed&amp;q=apple"' in page


def test_it_shows_the_readers_own_marks(client, studio, drawn, bob, alice) -> None:
    picture = drawn().pictures.get()
    Mark.objects.create(workspace=studio, picture=picture, person=bob, rating=4, is_favourite=True)
    Mark.objects.create(workspace=studio, picture=picture, person=alice, rating=1)
    page = page_of(client, picture)
    assert page.count('class="star is-on"') == 4
    assert 'class="star is-heart is-on"' in page


def test_viewers_look_and_make_nothing(client, studio, drawn, bob) -> None:
    from accounts.models import Membership

    picture = drawn().pictures.get()
    Membership.objects.filter(workspace=studio, user=bob).update(role="viewer")
    page = page_of(client, picture)
    assert "Download" in page
    for words in ("Remix", "Edit a region", "Vary, subtle", "Move to the bin", "Use<span"):
        assert words not in page
    assert client.get(address(picture, "edit_region")).status_code == 403


def family(client: Client, picture: Picture) -> list[str]:
    """The pictures of the tree by their ids, the older ones first."""
    tree = page_of(client, picture).partition('class="tree"')[2].partition("</svg>")[0]
    return [part.partition('"')[0] for part in tree.split("/pictures/")[1:]]


def test_it_draws_the_family_of_a_picture(client, drawn, vary) -> None:
    first = drawn().pictures.get()
    second = vary(first)
    here, sister = vary(second), vary(second)
    child = vary(here)
    assert set(family(client, here)) == {str(one.pk) for one in (first, second, here, sister, child)}
    assert page_of(client, here).count('aria-current="page" aria-label="Subtle variation') == 1
    assert family(client, drawn().pictures.get()) == []


def test_a_family_shows_nothing_that_the_reader_does_not_see(client, drawn, vary) -> None:
    first = drawn(share=False).pictures.get()
    here = vary(first)
    hidden = vary(here, share=False)
    beyond = vary(hidden)
    binned = vary(here)
    Picture.objects.filter(pk=binned.pk).update(deleted_at=binned.created_at)
    shown = vary(here)
    assert set(family(client, here)) == {str(here.pk), str(shown.pk)}
    assert "a picture that is not here" in page_of(client, here)
    assert str(beyond.pk) not in page_of(client, here).partition('class="family"')[2]


def test_a_large_family_costs_no_more_queries(client, drawn, vary, monkeypatch, django_assert_max_num_queries) -> None:
    from generation.services import family as families

    monkeypatch.setattr(families, "MOST", 4)
    here = drawn().pictures.get()
    for _ in range(5):
        vary(here)
    with django_assert_max_num_queries(20):
        page = page_of(client, here)
    assert "The nearest 4 are shown." in page


def fetched(client: Client, picture: Picture, query: str) -> Image.Image:
    answer = client.get(f"{address(picture, 'download')}?{query}")
    assert answer.status_code == 200
    assert "private" in answer["Cache-Control"]
    assert answer["Content-Disposition"].startswith("attachment")
    image = Image.open(io.BytesIO(answer.content))
    image.load()
    return image


WORDS = "사과 & <pear> “é”"


@pytest.mark.parametrize("form", ["png", "jpeg", "webp"])
def test_its_file_says_what_made_it_or_no_words_of_anybodys(form: str, client, drawn) -> None:
    picture = drawn(prompt=WORDS, seed=5).pictures.get()
    told = fetched(client, picture, f"format={form}")
    assert told.format == form.upper()
    if form == "png":
        assert told.info["Description"] == WORDS
        facts = told.info["Comment"]
    else:
        exif = told.getexif()
        assert exif[ExifTags.Base.ImageDescription].encode("latin-1").decode() == WORDS
        comment = exif.get_ifd(ExifTags.IFD.Exif)[ExifTags.Base.UserComment]
        facts = comment.removeprefix(b"UNICODE\0").decode("utf-16-le")
    expected = {"prompt": WORDS, "seed": 5, "mode": "speed", "size": "256x256", "model": "test-model"}
    assert json.loads(facts) == expected
    assert [one.text for one in ElementTree.fromstring(told.info["xmp"]).iter() if one.tag.endswith("}li")] == [WORDS]
    bare = fetched(client, picture, f"format={form}&metadata=0")
    assert not {"exif", "Description", "Comment"} & set(bare.info)
    assert note.DRAWN.encode() in bare.info["xmp"]
    assert WORDS.encode() not in bare.info["xmp"]
    assert bare.tobytes() == told.tobytes()


@pytest.mark.parametrize("form", ["png", "jpeg", "webp"])
@pytest.mark.parametrize("tells", [False, True])
def test_its_file_is_signed_whatever_it_says(form: str, tells: bool, drawn) -> None:
    file = copies.make(drawn().pictures.get(), output_format=storage.Format(form), tells=tells)
    found = credentials.read(file, f"image/{form}")
    assert (found.verdict, found.model) == (credentials.Verdict.OURS, "test-model")


def test_a_png_keeps_its_pixels_and_loses_foreign_texts(drawn) -> None:
    picture = drawn().pictures.get()
    image = Image.open(io.BytesIO(storage.read_png(picture)))
    made = Image.open(io.BytesIO(copies.make(picture, output_format=storage.PNG, tells=True)))
    assert made.tobytes() == image.tobytes()
    assert made.info["Software"] == "Aurora"


def test_its_file_is_not_made_twice_for_one_browser(client, drawn) -> None:
    url = address(drawn().pictures.get(), "download")
    etag = client.get(url)["ETag"]
    assert client.get(url, headers={"If-None-Match": etag}).status_code == 304
    assert client.get(f"{url}?metadata=0", headers={"If-None-Match": etag}).status_code == 200


def test_files_are_made_so_many_a_minute(client, drawn, settings) -> None:
    settings.AURORA_DOWNLOADS_A_MINUTE = 1
    url = address(drawn().pictures.get(), "download")
    assert client.get(url).status_code == 200
    answer = client.get(url)
    assert answer.status_code == 429
    assert int(answer["Retry-After"]) > 0
    assert "you asked for many" in answer.content.decode()


def test_a_private_picture_is_its_makers_alone(client, client_of, alice, drawn) -> None:
    picture = drawn(share=False).pictures.get()
    for name in ("picture", "download", "edit_region"):
        assert client.get(address(picture, name)).status_code == 404
        assert client_of(alice).get(address(picture, name)).status_code == 200


def test_the_site_can_be_installed(client) -> None:
    answer = client.get("/manifest.webmanifest")
    manifest = answer.json()
    assert answer["Content-Type"] == "application/manifest+json"
    assert {icon["purpose"] for icon in manifest["icons"]} == {"any", "maskable"}
    for icon in manifest["icons"]:
        image = Image.open(str(finders.find(icon["src"].removeprefix("/static/"))))
        assert f"{image.width}x{image.height}" == icon["sizes"]
    assert 'rel="manifest"' in client.get("/plans").content.decode()
