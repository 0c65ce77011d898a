"""New workspaces; name, address and logo."""

import io
import struct
import zlib
from collections.abc import Callable

import pytest
from django.core.files.storage import default_storage
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse
from PIL import Image

from accounts.models import User, Workspace
from accounts.permissions import Role, role_of
from accounts.services import workspaces
from accounts.services.portraits import MAX_BYTES, SIDE, BadPortrait, portrait

ClientOf = Callable[[User], Client]
URL = "/w/atelier/settings/"


def test_it_makes_a_team_workspace(client_of: ClientOf, charlie: User) -> None:
    answer = client_of(charlie).post(reverse("accounts:new_workspace"), {"name": "  Night\n Shift "})
    made = Workspace.objects.get(name="Night Shift")
    assert answer.headers["Location"] == reverse("accounts:invitations", args=[made.slug])
    assert role_of(charlie, made) == Role.OWNER


@pytest.mark.parametrize("name", ["", "   ", "x" * 81, "nul\0"])
def test_it_refuses_bad_names(client_of: ClientOf, charlie: User, name: str) -> None:
    answer = client_of(charlie).post(reverse("accounts:new_workspace"), {"name": name})
    assert answer.status_code == 422
    assert "errorlist" in answer.content.decode()


def test_it_makes_no_more_than_enough(
    client_of: ClientOf, workspace: Workspace, alice: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(workspaces, "MAX_OWNED", 1)
    answer = client_of(alice).post(reverse("accounts:new_workspace"), {"name": "Another"})
    assert "as many as are possible" in answer.content.decode()


def test_it_renames_and_the_old_address_leads_nowhere(
    client_of: ClientOf, workspace: Workspace, alice: User, charlie: User
) -> None:
    client = client_of(alice)
    assert client.post(URL, {"name": "Studio", "slug": "studio"}).headers["Location"] == "/w/studio/settings/"
    for person in (alice, charlie):
        assert client_of(person).get(URL).status_code == 404
    # Whoever takes the old address gets nothing of what was there.
    theirs = workspaces.create_workspace(name="Atelier", owner=charlie)
    assert theirs.slug == "atelier"
    assert client.get("/w/atelier/gallery").status_code == 404


@pytest.mark.parametrize("slug", ["taken", "UPPER", "a b", "-a-", "a.b", "x" * 49, "", "é-tel", "abc\n"])
def test_it_says_what_is_wrong_with_an_address(
    client_of: ClientOf, workspace: Workspace, alice: User, charlie: User, slug: str
) -> None:
    workspaces.create_workspace(name="Taken", owner=charlie)
    answer = client_of(alice).post(URL, {"name": "Atelier", "slug": slug})
    if slug == "abc\n":
        # Space around is cut off, as in every field.
        assert answer.headers["Location"] == "/w/abc/settings/"
    else:
        assert answer.status_code == 422
        assert "errorlist" in answer.content.decode()
        assert Workspace.objects.get(pk=workspace.pk).slug == "atelier"


def test_settings_are_for_admins(client_of: ClientOf, workspace: Workspace, bob: User, charlie: User) -> None:
    for url in (URL, f"{URL}logo"):
        assert client_of(bob).post(url, {"name": "x", "slug": "xyz"}).status_code == 403
        assert client_of(charlie).post(url, {"name": "x", "slug": "xyz"}).status_code == 404


def picture(form: str = "PNG", size: tuple[int, int] = (300, 200), **options: object) -> SimpleUploadedFile:
    target = io.BytesIO()
    Image.new("RGB", size, (10, 200, 90)).save(target, form, **options)
    return SimpleUploadedFile("logo", target.getvalue())


def test_a_logo_is_seen_by_members_and_goes(
    client_of: ClientOf, workspace: Workspace, alice: User, bob: User, charlie: User
) -> None:
    client = client_of(alice)
    assert client.post(f"{URL}logo", {"logo": picture()}).status_code == 302
    workspace.refresh_from_db()
    assert workspace.logo_url.startswith("/w/atelier/logo?v=")
    shown = client_of(bob).get(workspace.logo_url)
    assert shown.headers["Content-Type"] == "image/webp"
    assert Image.open(io.BytesIO(b"".join(shown))).size == (200, 200)
    assert client_of(charlie).get(workspace.logo_url).status_code == 404
    assert workspace.logo_url in client.get(URL).content.decode()
    client.post(f"{URL}logo", {"remove": "1"})
    assert client_of(bob).get("/w/atelier/logo").status_code == 404
    assert default_storage.exists(workspace.logo_key), "removed once the transaction is over"


@pytest.mark.parametrize("form", ["PNG", "JPEG", "WEBP"])
def test_a_portrait_is_small_square_and_bare(form: str) -> None:
    exif = Image.Exif()
    exif[0x010E] = "where I live"
    made = portrait(picture(form, (900, 500), exif=exif))
    image = Image.open(io.BytesIO(made))
    assert (image.format, image.size) == ("WEBP", (SIDE, SIDE))
    assert not image.getexif()
    assert b"where I live" not in made


def bomb(side: int) -> SimpleUploadedFile:
    """A few bytes whose header promises very many pixels."""
    data = bytearray(picture("PNG").read())
    data[16:24] = struct.pack(">II", side, side)
    data[29:33] = struct.pack(">I", zlib.crc32(data[12:29]))
    return SimpleUploadedFile("x.png", bytes(data))


BAD = {
    "gif": lambda: picture("GIF"),
    "svg": lambda: SimpleUploadedFile("x.png", b"<svg onload='alert(1)'/>"),
    "html": lambda: SimpleUploadedFile("x.png", b"<script>alert(1)</script>"),
    "cut off": lambda: SimpleUploadedFile("x.png", picture("PNG", (400, 400)).read()[:300]),
    "header alone": lambda: SimpleUploadedFile("x.png", b"\x89PNG\r\n\x1a\n"),
    "too large": lambda: SimpleUploadedFile("x.png", b"\0" * (MAX_BYTES + 1)),
    "bomb": lambda: bomb(60_000),
    "small bomb": lambda: bomb(6_000),
}


@pytest.mark.parametrize("what", BAD)
def test_hostile_files_are_refused_beside_the_field(
    what: str, client_of: ClientOf, workspace: Workspace, alice: User
) -> None:
    with pytest.raises(BadPortrait):
        portrait(BAD[what]())
    answer = client_of(alice).post(f"{URL}logo", {"logo": BAD[what]()})
    assert answer.status_code == 422
    assert "errorlist" in answer.content.decode()
    workspace.refresh_from_db()
    assert not workspace.logo_key


def test_it_wants_a_file(client_of: ClientOf, workspace: Workspace, alice: User) -> None:
    assert client_of(alice).post(f"{URL}logo", {}).status_code == 422
    assert client_of(alice).post(f"{URL}logo", {"logo": "text"}).status_code == 422
