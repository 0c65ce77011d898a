"""The page that says of a file whether it was made here, and the one that compares."""

import io

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from PIL import Image

from generation import uploads
from generation.pages import verify
from generation.provenance import credentials


def picture(form: str = "PNG") -> bytes:
    target = io.BytesIO()
    Image.effect_noise((64, 64), 50).convert("RGB").save(target, form)
    return target.getvalue()


def check(data: bytes, name: str = "a.png") -> tuple[int, str]:
    answer = Client().post("/verify", {"file": SimpleUploadedFile(name, data)})
    return answer.status_code, answer.content.decode()


@pytest.mark.django_db
def test_it_tells_what_was_made_here() -> None:
    signed = credentials.sign(picture(), model="aurora-test")
    status, body = check(signed)
    assert (status, "Made here, and not changed since" in body, "aurora-test" in body) == (200, True, True)
    carried = credentials.carry_over(picture("WEBP"), "image/webp", parent=signed)
    assert "saved here in another format" in check(carried)[1]


@pytest.mark.django_db
def test_it_tells_what_was_changed_and_what_is_unknown() -> None:
    signed = credentials.sign(picture(), model="aurora-test")
    other = credentials.sign(picture(), model="aurora-test")
    cut = signed.index(b"IDAT") - 4
    mixed = signed[:cut] + other[other.index(b"IDAT") - 4 :]
    assert "Made here, but changed since" in check(mixed)[1]
    assert "No credentials in it" in check(picture())[1]


@pytest.mark.django_db
def test_it_refuses_what_is_no_picture(monkeypatch) -> None:
    assert check(b"GIF89a")[0] == 422
    assert check(picture()[:200])[0] == 422
    assert Client().post("/verify", {"file": "x"}).status_code == 422
    monkeypatch.setattr(uploads, "MAX_BYTES", 100)
    monkeypatch.setattr(verify, "ROOM", 100)
    assert check(picture())[0] == 413


@pytest.mark.django_db
def test_it_counts_files(monkeypatch) -> None:
    monkeypatch.setattr(verify, "TRIES", 2)
    assert [check(picture())[0] for _ in range(3)] == [200, 200, 429]


@pytest.mark.django_db
def test_it_compares_with_sources_alone() -> None:
    answer = Client().get("/compare")
    assert answer.status_code == 200
    for row in answer.context["rows"]:
        for said in (row.here, row.grok, row.openai):
            assert said.source or said.basis == "unknown", row.what
    assert len(answer.context["scores"]) == 6
