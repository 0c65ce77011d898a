"""Edits and variations by API: what is accepted, what is refused, and what the worker is told."""

import base64
import io
from typing import Any

import pytest
from django.core.files.storage import default_storage
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from PIL import Image, ImageDraw

from accounts.services import api_keys, workspaces
from billing.models import Transaction
from generation import catalog, storage
from generation.models import Generation, Reference
from generation.services import references, workers
from generation.services.change import Start
from generation.services.change import place as change
from generation.services.order import read
from tests.generation.conftest import QuickPainter, announce

EDITS, VARIATIONS = "/v1/images/edits", "/v1/images/variations"


def png(width: int = 256, height: int = 256, *, hole: tuple[int, int, int, int] | None = None) -> bytes:
    image = Image.new("RGBA", (width, height), (10, 200, 30, 255))
    if hole:
        ImageDraw.Draw(image).rectangle(hole, fill=(0, 0, 0, 0))
    target = io.BytesIO()
    image.save(target, "PNG")
    return target.getvalue()


def upload(data: bytes) -> SimpleUploadedFile:
    return SimpleUploadedFile("picture.png", data, content_type="image/png")


def uri(data: bytes) -> str:
    return "data:image/png;base64," + base64.b64encode(data).decode()


@pytest.fixture
def api(studio, api_key) -> Client:
    announce("quick")
    return Client(headers={"Authorization": f"Bearer {api_key}"})


def made() -> Any:
    return Generation.objects.select_related("reference").get()


def mask_of(reference: Reference) -> Image.Image:
    with default_storage.open(reference.mask_key) as file:
        return Image.open(file).copy()


def test_it_takes_a_form_with_a_mask(api: Client) -> None:
    form = {"image": upload(png()), "mask": upload(png(hole=(0, 0, 63, 63))), "prompt": "a hat", "n": "2", "seed": "5"}
    api.post(EDITS, form)
    asked = made()
    assert (asked.prompt, asked.n, asked.seed, asked.change, str(asked.size)) == ("a hat", 2, 5, "edit", "256x256")
    assert asked.price_micros == 70_000
    area = mask_of(asked.reference)
    assert (area.getpixel((10, 10)), area.getpixel((100, 100))) == (255, 0)


def test_it_takes_the_transparent_part_of_the_picture_as_the_mask(api: Client) -> None:
    api.post(EDITS, {"image": upload(png(hole=(0, 0, 99, 99))), "prompt": "a hat"})
    assert mask_of(made().reference).getpixel((50, 50)) == 255


def test_it_takes_json_with_a_data_uri(api: Client) -> None:
    api.post(
        EDITS, {"image": {"url": uri(png())}, "prompt": "a hat", "size": "512x512"}, content_type="application/json"
    )
    asked = made()
    assert (str(asked.size), asked.reference.mask_key, asked.change) == ("512x512", "", "edit")


@pytest.mark.parametrize(
    ("shape", "mode", "size"),
    [((300, 300), "quality", "256x256"), ((2000, 1500), "quality", "1024x768"), ((500, 1000), "quality", "640x1280"),
     ((1920, 1080), "pro", "1920x1080"), ((90, 30), "quality", "1280x576")],
)  # fmt: skip
def test_it_finds_the_size_that_is_most_like_the_picture(shape: tuple[int, int], mode: str, size: str) -> None:
    assert str(references.nearest_size(Image.new("RGBA", shape), catalog.MODES[mode])) == size


def test_it_fits_picture_and_mask_alike(api: Client) -> None:
    form = {"image": upload(png(1000, 500)), "mask": upload(png(1000, 500, hole=(500, 0, 999, 499))), "prompt": "x",
            "size": "512x512", "mode": "quality"}  # fmt: skip
    api.post(EDITS, form)
    area = mask_of(made().reference)
    assert area.size == (512, 512)
    assert (area.getpixel((240, 256)), area.getpixel((270, 256))) == (0, 255)


@pytest.mark.parametrize(
    ("form", "field"),
    [
        ({"image": None}, "image"),
        ({"image": "no address"}, "image"),
        ({"image": "http://127.0.0.1/a.png"}, "image"),
        ({"image": "data:image/png;base64,%%"}, "image"),
        ({"image": upload(b"GIF89a")}, "image"),
        ({"image": [upload(png()), upload(png())]}, "image"),
        ({"mask": upload(png(128, 128, hole=(0, 0, 9, 9)))}, "mask"),
        ({"mask": upload(png())}, "mask"),
        ({"mask": upload(b"?")}, "mask"),
        ({"prompt": ""}, "prompt"),
        ({"n": "11"}, "n"),
        ({"size": "7x7"}, "size"),
        ({"strength": "subtle"}, "strength"),
        ({"stream": "perhaps"}, "stream"),
    ],
)
def test_it_says_what_does_not_fit_and_keeps_nothing(api: Client, form: dict[str, Any], field: str) -> None:
    sent: dict[str, Any] = {"image": upload(png()), "prompt": "a hat", "size": "256x256"} | form
    answer = api.post(EDITS, {name: value for name, value in sent.items() if value is not None})
    assert answer.status_code == 400
    assert answer.json()["error"]["param"] == field
    assert not Generation.objects.exists()
    assert not Reference.objects.exists()
    assert not Transaction.objects.filter(kind="reserve").exists()


def test_a_variation_needs_no_words(api: Client) -> None:
    api.post(VARIATIONS, {"image": upload(png(hole=(0, 0, 99, 99))), "strength": "strong"})
    asked = made()
    assert (asked.prompt, asked.change, asked.reference.mask_key) == ("", "strong", "")


def test_a_variation_of_an_own_picture_is_drawn_after_its_words(api: Client, ask, draw) -> None:
    first = ask()
    draw(first)
    picture = first.pictures.get()
    api.post(VARIATIONS, {"image": upload(storage.read_png(picture))})
    varied = Generation.objects.exclude(pk=first.pk).get()
    assert varied.reference
    assert (varied.prompt, varied.reference.picture, varied.change) == ("a red apple", picture, "subtle")


def test_a_stranger_with_the_file_learns_nothing(api: Client, ask, draw, charlie) -> None:
    first = ask()
    draw(first)
    his = workspaces.personal(charlie)
    raw = api_keys.create(workspace=his, name="his", created_by=charlie)[1]
    there = Client(headers={"Authorization": f"Bearer {raw}"})
    there.post(VARIATIONS, {"image": upload(storage.read_png(first.pictures.get()))})
    from django_scopes import scope

    with scope(workspace=his):
        assert (made().prompt, made().reference.picture) == ("", None)


def test_the_worker_is_told_how_the_first_of_a_line_was_drawn(studio, alice, ask, draw) -> None:
    def vary(start: Start, model: str = "quick") -> Any:
        order = read(source="page", prompt="a hat", mode="speed", n=1, size="256x256")
        placed = change(workspace=studio, requested_by=alice, source="page", order=order, start=start, change="subtle")
        painter = QuickPainter()
        painter.name = model
        draw(placed, painter)
        return painter.requests[0].source.origin, placed

    first = ask(seed=77)
    draw(first)
    image = Image.new("RGBA", (256, 256), "red")
    told, second = vary(Start(image, None, first.pictures.get()))
    assert (told.prompt, told.seed) == (first.prompt, 77)
    assert vary(Start(image, None, second.pictures.get()))[0] == told
    assert vary(Start(image, None, first.pictures.get()), "another")[0] is None
    assert vary(Start(image))[0] is None


def test_the_worker_is_told_from_what_to_start(studio, alice, draw) -> None:
    order = read(source="page", prompt="a hat", mode="speed", n=1, size="256x256")
    start = Start(Image.new("RGBA", (256, 256), "red"), Image.open(io.BytesIO(png(hole=(0, 0, 9, 9)))))
    placed = change(workspace=studio, requested_by=alice, source="page", order=order, start=start, change="edit")
    painter = QuickPainter()
    draw(placed, painter)
    source = painter.requests[0].source
    assert Image.open(io.BytesIO(source.image)).getpixel((99, 99)) == (255, 0, 0)
    assert Image.open(io.BytesIO(source.mask)).getpixel((5, 5)) == 255
    placed.refresh_from_db()
    assert placed.status == "succeeded"


def test_it_says_so_where_the_model_changes_no_pictures(api: Client) -> None:
    sizes = [str(size) for mode in catalog.MODES.values() for size in mode.sizes]
    workers.announce(name="test", model="other", modes=catalog.MODES, sizes=sizes)
    answer = api.post(EDITS, {"image": upload(png()), "prompt": "a hat"})
    assert answer.status_code == 400
    assert "changes no pictures" in answer.json()["error"]["message"]
    assert not Reference.objects.exists()


@pytest.mark.parametrize("path", [EDITS, VARIATIONS])
def test_it_asks_for_a_key(studio, path: str) -> None:
    assert Client().post(path, {"image": upload(png())}).status_code == 401
