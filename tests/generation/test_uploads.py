"""Pictures from outside: what can be used is, and what would hurt is refused in a sentence."""

import io
import struct
import zlib

import pytest
from PIL import Image

from generation import uploads


def file(image: Image.Image, form: str = "PNG", **options: object) -> bytes:
    target = io.BytesIO()
    image.save(target, form, **options)
    return target.getvalue()


def bomb(width: int, height: int) -> bytes:
    """A small file that claims to be a very large picture."""

    def chunk(name: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))

    head = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(b"\0" * 99)) + chunk(b"IEND", b"")


@pytest.mark.parametrize("form", ["PNG", "JPEG", "WEBP"])
def test_it_reads_pictures(form: str) -> None:
    read = uploads.read(file(Image.new("RGB", (40, 30), "red"), form))
    assert (read.size, read.mode) == ((40, 30), "RGBA")


def test_it_turns_upright_what_a_camera_held_sideways_and_keeps_nothing_else() -> None:
    exif = Image.Exif()
    exif[0x0112], exif[0x010E] = 6, "at home"
    read = uploads.read(file(Image.new("RGB", (40, 30)), "JPEG", exif=exif))
    assert read.size == (30, 40)
    assert not read.getexif() and not read.info


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b"", "empty"),
        (b"GIF89a", "no PNG"),
        (file(Image.new("RGB", (9, 9)), "GIF"), "no PNG"),
        (b"<svg xmlns='http://www.w3.org/2000/svg'/>", "no PNG"),
        (file(Image.new("RGB", (99, 99)))[:60], "damaged"),
        (bomb(20_000, 20_000), "million pixels"),
        (bomb(12_000, 12_000), "million pixels"),
        (bomb(7_000, 6_000), "million pixels"),
        (bomb(500, 500), "damaged"),
        (b"x" * (uploads.MAX_BYTES + 1), "larger than 20 MB"),
    ],
)
def test_it_says_what_is_wrong(data: bytes, said: str) -> None:
    with pytest.raises(uploads.Unusable, match=said):
        uploads.read(data)


def test_it_takes_no_animations() -> None:
    frames = [Image.new("RGB", (9, 9), colour) for colour in ("red", "blue")]
    with pytest.raises(uploads.Unusable, match="animated"):
        uploads.read(file(frames[0], "WEBP", save_all=True, append_images=frames[1:]))
