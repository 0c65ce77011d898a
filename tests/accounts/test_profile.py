"""One's own profile, and avatars that cannot hurt."""

import io
import zlib
from collections.abc import Callable
from typing import Any

import pytest
from django.core.files.storage import default_storage
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from PIL import Image

from accounts.models import User
from accounts.services import avatars
from tests.accounts.trail import actions

PATH = "/account/profile"
FORM = {"display_name": "Alice", "locale": "en", "time_zone": "", "theme": "dark"}


def picture(name: str = "PNG", size: tuple[int, int] = (300, 200), **options: Any) -> bytes:
    target = io.BytesIO()
    Image.new("RGB", size, (200, 40, 40)).save(target, name, **options)
    return target.getvalue()


def send(browser: Client, raw: bytes | None = None, /, **changes: str):
    files = {"avatar": SimpleUploadedFile("../../me.html", raw)} if raw is not None else {}
    return browser.post(PATH, FORM | changes | files)


@pytest.fixture
def browser(alice: User, client_of: Callable[[User], Client]) -> Client:
    return client_of(alice)


def test_it_saves_what_one_says(alice: User, browser: Client) -> None:
    answer = send(browser, display_name="  Ali   Ce ", locale="ko", time_zone="Asia/Seoul", theme="light")
    assert answer.headers["Location"] == PATH
    assert answer.cookies["theme"].value == "light"
    alice.refresh_from_db()
    assert (alice.display_name, alice.locale, alice.time_zone) == ("Ali Ce", "ko", "Asia/Seoul")
    page = browser.get(PATH).content.decode()
    assert 'data-zone="Asia/Seoul"' in page
    assert 'data-theme="light"' in page


@pytest.mark.parametrize(
    "changes",
    [
        {"display_name": "x" * 81},
        {"display_name": "a\u202eb"},
        {"locale": "xx"},
        {"time_zone": "Mars/Olympus"},
        {"time_zone": "../../etc/passwd"},
        {"theme": "neon"},
    ],
)
def test_it_refuses_bad_input_beside_the_field(alice: User, browser: Client, changes: dict[str, str]) -> None:
    answer = send(browser, **{"display_name": "Changed"} | changes)
    assert answer.status_code == 422
    assert list(answer.context["form"].errors) == list(changes)
    alice.refresh_from_db()
    assert alice.display_name == "Alice"


def test_it_ticks_nothing_and_keeps_the_date_of_a_yes(alice: User, browser: Client) -> None:
    form = browser.get(PATH).context["form"]
    assert not form["product_mail"].value()
    assert not form["feedback_use"].value()
    send(browser, feedback_use="on")
    agreed = User.objects.get()
    assert agreed.feedback_use_since
    assert agreed.product_mail_since is None
    send(browser, feedback_use="on")
    assert User.objects.get().feedback_use_since == agreed.feedback_use_since
    send(browser)
    assert User.objects.get().feedback_use_since is None
    assert actions(alice) == ["consent.given", "consent.withdrawn"]


def test_it_remembers_the_theme_of_the_menu(alice: User, browser: Client, client_of: Callable) -> None:
    assert browser.post("/account/theme", {"theme": "light"}).status_code == 204
    assert browser.post("/account/theme", {"theme": "neon"}).status_code == 400
    assert 'data-theme="light"' in client_of(alice).get(PATH).content.decode()
    told = client_of(alice)
    told.cookies["theme"] = "system"
    assert 'data-theme="system"' in told.get(PATH).content.decode()


def test_the_theme_goes_with_the_user_from_browser_to_browser(alice: User, password: str) -> None:
    form = {"login": alice.email, "password": password}
    first, second = Client(), Client()
    first.cookies["theme"] = "light"
    first.post("/accounts/login/", form)
    second.cookies["theme"] = "system"
    second.post("/accounts/login/", form)
    assert second.cookies["theme"].value == "light"


@pytest.mark.parametrize("name", ["PNG", "JPEG", "WEBP"])
def test_it_draws_the_avatar_anew(alice: User, browser: Client, name: str) -> None:
    assert send(browser, picture(name)).status_code == 302
    alice.refresh_from_db()
    answer = browser.get(alice.avatar_url)
    assert answer.headers["Content-Type"] == "image/webp"
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    with Image.open(io.BytesIO(answer.getvalue())) as stored:
        assert (stored.format, stored.size) == ("WEBP", (avatars.SIDE, avatars.SIDE))
    assert alice.avatar_url in browser.get(PATH).content.decode()


def test_it_keeps_no_exif_and_turns_the_picture_upright() -> None:
    exif = Image.Exif()
    exif[0x0112], exif[0x010E] = 3, "SECRET PLACE"
    image = Image.new("RGB", (100, 100))
    image.paste((255, 255, 255), (0, 0, 100, 50))
    target = io.BytesIO()
    image.save(target, "JPEG", exif=exif)
    webp = avatars.render(target.getvalue())
    assert b"SECRET" not in webp
    with Image.open(io.BytesIO(webp)) as stored:
        assert not stored.getexif()
        assert stored.convert("L").getpixel((128, 20)) < 50  # type: ignore[operator]
        assert stored.convert("L").getpixel((128, 236)) > 200  # type: ignore[operator]


def chunk(kind: bytes, data: bytes) -> bytes:
    return len(data).to_bytes(4, "big") + kind + data + zlib.crc32(kind + data).to_bytes(4, "big")


def bomb(side: int) -> bytes:
    """A PNG of a few bytes that says that it is huge."""
    head = side.to_bytes(4, "big") * 2 + bytes([8, 2, 0, 0, 0])
    return (
        b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(bytes(1000))) + chunk(b"IEND", b"")
    )


HOSTILE = {
    "nothing": b"",
    "text": b"<script>alert(1)</script>",
    "svg": b'<svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)"/>',
    "gif": picture("GIF"),
    "tiff": picture("TIFF"),
    "bomb": bomb(60_000),
    "smaller bomb": bomb(9_000),
    "cut": picture()[:60],
    "cut jpeg": picture("JPEG")[:300],
    "head alone": b"RIFF\xff\xff\xff\xffWEBPVP8 ",
    "too large": b"\x89PNG\r\n\x1a\n" + bytes(avatars.MAX_BYTES),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_it_refuses_a_hostile_avatar_and_changes_nothing(alice: User, browser: Client, name: str) -> None:
    answer = send(browser, HOSTILE[name], display_name="Changed")
    assert answer.status_code == 422
    assert list(answer.context["form"].errors) == ["avatar"]
    alice.refresh_from_db()
    assert (alice.avatar, alice.display_name) == ("", "Alice")


def test_a_page_in_a_picture_is_served_as_a_picture(alice: User, browser: Client) -> None:
    send(browser, picture() + b"<script>alert(1)</script>")
    alice.refresh_from_db()
    answer = browser.get(alice.avatar_url)
    assert answer.headers["Content-Type"] == "image/webp"
    assert b"script" not in answer.getvalue()


def test_it_deletes_the_avatar_that_was_replaced(
    alice: User, browser: Client, django_capture_on_commit_callbacks: Callable
) -> None:
    with django_capture_on_commit_callbacks(execute=True):
        send(browser, picture())
    alice.refresh_from_db()
    assert default_storage.exists(alice.avatar)
    with django_capture_on_commit_callbacks(execute=True):
        send(browser, remove_avatar="on")
    assert not default_storage.exists(alice.avatar)
    assert browser.get(alice.avatar_url).status_code == 404


def test_colleagues_see_the_avatar_and_strangers_do_not(
    alice: User, bob: User, charlie: User, workspace, browser: Client, client_of: Callable
) -> None:
    send(browser, picture())
    alice.refresh_from_db()
    assert client_of(bob).get(alice.avatar_url).status_code == 200
    assert client_of(charlie).get(alice.avatar_url).status_code == 404
    assert Client().get(alice.avatar_url).status_code == 302


def test_it_is_for_those_who_are_logged_in(db: None) -> None:
    assert Client().get(PATH).headers["Location"] == f"/accounts/login/?next={PATH}"
    assert Client().post("/account/theme", {"theme": "dark"}).status_code == 302
