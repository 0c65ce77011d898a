"""Pictures of people: taken along as files, and really gone from storage when their workspace is."""

import hashlib
import io
import zipfile
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import boto3
import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.utils import timezone
from django_scopes import scopes_disabled

from accounts.models import User, Workspace
from accounts.services import archive, deletion, erasure, exports
from generation.models import Feed, Generation, Picture
from generation.services import feeds

BOTH = pytest.mark.parametrize("files", ["disk", "s3"], indirect=True)


@pytest.fixture
def files(request: pytest.FixtureRequest, settings: Any, tmp_path: Path) -> Callable[[], set[str]]:
    """`files()` are the keys of all that lies in storage, which is a disk or an S3."""
    if getattr(request, "param", "disk") == "disk":
        backend = {"BACKEND": "django.core.files.storage.FileSystemStorage", "OPTIONS": {"location": tmp_path}}
        settings.STORAGES = settings.STORAGES | {"default": backend}
        return lambda: {str(path.relative_to(tmp_path)) for path in tmp_path.rglob("*") if path.is_file()}
    keys = {"aws_access_key_id": "key", "aws_secret_access_key": "secret", "region_name": "us-east-1"}
    client = boto3.client("s3", endpoint_url=request.getfixturevalue("bucket"), **keys)
    return lambda: {one["Key"] for one in client.list_objects_v2(Bucket="aurora").get("Contents", ())}


@pytest.fixture
def made(files: Any, ask: Callable[..., Generation], draw: Callable[..., None]) -> Generation:
    """Two pictures of Alice's, a generation that is still open, and a file that no row names."""
    generation = ask(n=2)
    draw(generation)
    ask()
    default_storage.save(f"ws/{generation.workspace_id}/lost/{'0' * 64}.png", ContentFile(b"lost"))
    return generation


def end_grace() -> None:
    past = timezone.now() - timedelta(minutes=1)
    User.objects.filter(deletion_due_at__isnull=False).update(deletion_due_at=past, erasing_until=None)
    Workspace.objects.filter(deletion_due_at__isnull=False).update(deletion_due_at=past, erasing_until=None)


def erase_all() -> None:
    end_grace()
    while erasure.erase_next():
        pass


def counts() -> tuple[int, ...]:
    with scopes_disabled():
        return tuple(model.objects.count() for model in (Generation, Picture, Feed))


@BOTH
def test_it_takes_pictures_along(made: Generation, studio: Workspace, alice: User) -> None:
    for whose in (None, studio):
        export = exports.ask(person=alice, workspace=whose)
        assert exports.make_next()
        ready = exports.newest(person=alice, workspace=whose)
        assert ready
        with default_storage.open(ready.storage_key) as file:
            zipped = zipfile.ZipFile(io.BytesIO(file.read()))
        assert ready.pk == export.pk
        assert ready.byte_size == len(zipped.fp.getvalue())  # type: ignore[union-attr]
        packed = {hashlib.sha256(zipped.read(name)).hexdigest() for name in zipped.namelist() if ".png" in name}
        assert packed == {picture.sha256 for picture in made.pictures.all()}
        assert b"a red apple" in zipped.read("generation/generations.json")


def test_it_says_which_pictures_are_missing(made: Generation, alice: User) -> None:
    lost = made.pictures.get(index=0)
    default_storage.delete(lost.storage_key)
    exports.ask(person=alice)
    exports.make_next()
    with default_storage.open(exports.newest(person=alice).storage_key) as file:  # type: ignore[union-attr]
        zipped = zipfile.ZipFile(io.BytesIO(file.read()))
    assert f"{lost.pk}.png" in zipped.read("READ_ME.txt").decode()
    assert len([name for name in zipped.namelist() if ".png" in name]) == 1


@BOTH
def test_all_files_of_a_workspace_are_gone(
    made: Generation, studio: Workspace, alice: User, files: Callable[[], set[str]], credit: None, books: Any
) -> None:
    exports.ask(person=alice, workspace=studio)
    exports.make_next()
    other = default_storage.save("ws/00000000-0000-0000-0000-000000000000/x/y.png", ContentFile(b"others"))
    before = books()
    deletion.ask_for_workspace(workspace=studio, actor=alice)
    erase_all()
    assert files() == {other}
    assert counts() == (0, 0, 0)
    assert books() == before


class Killed(BaseException):
    """What no handler of ours catches, as a killed process runs none."""


@pytest.mark.parametrize("after", [0, 1, 2])
def test_no_file_is_forgotten_when_the_eraser_is_killed(
    made: Generation,
    studio: Workspace,
    alice: User,
    files: Callable[[], set[str]],
    monkeypatch: pytest.MonkeyPatch,
    after: int,
) -> None:
    deletion.ask_for_workspace(workspace=studio, actor=alice)
    end_grace()
    remove, count = archive.delete_file, iter(range(10**6))

    def die(key: str) -> None:
        if next(count) == after:
            raise Killed
        remove(key)

    monkeypatch.setattr(archive, "delete_file", die)
    with pytest.raises(Killed):
        erasure.erase_next()
    assert files()
    monkeypatch.setattr(archive, "delete_file", remove)
    erase_all()
    assert files() == set()
    assert counts() == (0, 0, 0)


def test_a_colleague_leaves_pictures_without_a_name(made: Generation, studio: Workspace, bob: User) -> None:
    with scopes_disabled():
        Generation.objects.update(requested_by=bob)
    feeds.open_feed(workspace=studio, person=bob, prompt="a cat")
    deletion.ask_for_person(person=bob)
    erase_all()
    with scopes_disabled():
        assert Picture.objects.count() == 2
        assert not Generation.objects.exclude(requested_by=None).exists()
        assert not Feed.objects.exists()
    assert all(default_storage.exists(picture.storage_key) for picture in made.pictures.all())


def test_what_is_a_makers_alone_is_in_nobody_elses_export_and_goes_with_the_maker(
    made: Generation, studio: Workspace, alice: User, bob: User, files: Callable[[], set[str]]
) -> None:
    with scopes_disabled():
        Generation.objects.update(requested_by=bob, is_shared=False)
    exports.ask(person=alice, workspace=studio)
    exports.make_next()
    with default_storage.open(exports.newest(person=alice, workspace=studio).storage_key) as file:  # type: ignore[union-attr]
        zipped = zipfile.ZipFile(io.BytesIO(file.read()))
    assert not [name for name in zipped.namelist() if ".png" in name]
    assert zipped.read("generation/generations.json") == b"[]\n"
    keys = {picture.storage_key for picture in made.pictures.all()}
    assert keys <= files()
    deletion.ask_for_person(person=bob)
    erase_all()
    assert not keys & files()
    assert counts() == (0, 0, 0)


def test_who_was_removed_takes_nothing_along(made: Generation, studio: Workspace, alice: User, bob: User) -> None:
    with scopes_disabled():
        Generation.objects.update(requested_by=bob)
    studio.memberships.filter(user=bob).delete()
    exports.ask(person=bob)
    exports.make_next()
    with default_storage.open(exports.newest(person=bob).storage_key) as file:  # type: ignore[union-attr]
        zipped = zipfile.ZipFile(io.BytesIO(file.read()))
    assert zipped.read("generation/generations.json") == b"[]\n"
    assert not [name for name in zipped.namelist() if ".png" in name]


def test_nothing_is_drawn_for_what_is_to_be_deleted(ask: Any, studio: Workspace, alice: User) -> None:
    from generation.services.request import Invalid

    deletion.ask_for_workspace(workspace=studio, actor=alice)
    with pytest.raises(Invalid, match="to be deleted"):
        ask()
