"""Every file that leaves says by signature that a model drew it, and says nothing of anybody."""

import io
from typing import Any

import pytest
from django.core.exceptions import ImproperlyConfigured
from PIL import Image

from generation import storage
from generation.provenance import certificate, credentials, note
from generation.provenance.credentials import Verdict

PROMPT = "a red apple of Alice's"


def png(colour: str = "red") -> bytes:
    target = io.BytesIO()
    Image.new("RGB", (64, 64), colour).save(target, "PNG")
    return target.getvalue()


@pytest.fixture
def picture(ask, claim, draw) -> Any:
    made = ask(prompt=PROMPT, n=1)
    draw(made)
    made.refresh_from_db()
    return made.pictures.get()


def test_it_signs_what_is_delivered(picture, alice) -> None:
    data = storage.read_png(picture)
    found = credentials.read(data, "image/png")
    assert (found.verdict, found.model) == (Verdict.OURS, picture.generation.model)
    assert found.made_at
    assert not found.is_composite
    with Image.open(io.BytesIO(data)) as image:
        assert note.DRAWN in image.info["XML:com.adobe.xmp"]
    assert (storage.sha256(data), len(data)) == (picture.sha256, picture.byte_size)
    for private in (PROMPT, alice.email, alice.display_name, str(picture.workspace_id)):
        assert private.encode() not in data


@pytest.mark.parametrize("name", ["jpeg", "webp"])
def test_it_signs_other_formats_as_made_of_the_picture(picture, name: str) -> None:
    data = storage.encode(storage.read_png(picture), storage.Format(name))
    found = credentials.read(data, f"image/{name}")
    assert (found.verdict, found.model, found.is_converted) == (Verdict.OURS, picture.generation.model, True)
    assert note.DRAWN.encode() in data


def test_it_keeps_the_pixels(picture) -> None:
    plain = png()
    with Image.open(io.BytesIO(plain)) as before, Image.open(io.BytesIO(credentials.sign(plain, model="m"))) as after:
        assert before.tobytes() == after.tobytes()


def test_it_leaves_no_file_of_a_second_delivery(picture) -> None:
    from django.core.files.storage import default_storage

    from generation.models import Generation
    from generation.services import deliver

    folder = picture.storage_key.rpartition("/")[0]
    Generation.objects.filter(pk=picture.generation_id).update(status="running", lease_until="2099-01-01T00:00Z")
    generation = Generation.objects.get(pk=picture.generation_id)
    again = deliver.deliver_picture(generation=generation, index=0, seed=1, png=png(), seconds=1, positions=1)
    assert again == picture
    assert default_storage.listdir(folder)[1] == [picture.storage_key.rpartition("/")[2]]


def test_it_tells_a_changed_picture() -> None:
    data = bytearray(credentials.sign(png(), model="m"))
    data[-40] ^= 1
    assert credentials.read(bytes(data), "image/png").verdict == Verdict.CHANGED


def test_it_believes_no_other_signer_and_no_noise(settings) -> None:
    data = credentials.sign(png(), model="m")
    ours = certificate.identity().chain
    settings.AURORA_C2PA_CERT, settings.AURORA_C2PA_KEY = certificate.make()
    assert credentials.read(data, "image/png").verdict == Verdict.FOREIGN
    assert credentials.read(credentials.sign(png(), model="m"), "image/png").verdict == Verdict.OURS
    settings.AURORA_C2PA_OLD_CERTS = ours
    assert credentials.read(data, "image/png").verdict == Verdict.OURS
    assert credentials.read(png(), "image/png").verdict == Verdict.NONE
    assert credentials.read(data.replace(b"c2pa.signature", b"c2pa.signaturf"), "image/png").verdict == Verdict.BROKEN


def test_it_takes_a_file_of_the_operators(settings, tmp_path) -> None:
    chain, key = certificate.make()
    (tmp_path / "chain.pem").write_text(chain)
    settings.AURORA_C2PA_CERT, settings.AURORA_C2PA_KEY = str(tmp_path / "chain.pem"), key
    assert certificate.identity().chain == chain


@pytest.mark.parametrize("wrong", ["half", "strange", "gone", "other"])
def test_it_says_which_certificate_cannot_be_used(settings, wrong: str) -> None:
    (chain, key), other = certificate.make(), certificate.make()[1]
    given = {
        "half": (chain, ""),
        "strange": ("-----BEGIN x", key),
        "gone": ("/nowhere.pem", key),
        "other": (chain, other),
    }
    settings.AURORA_C2PA_CERT, settings.AURORA_C2PA_KEY = given[wrong]
    with pytest.raises(ImproperlyConfigured, match="AURORA_C2PA"):
        certificate.identity()
