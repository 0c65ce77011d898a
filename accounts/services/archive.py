"""Zips that are written straight into object storage, and files that are deleted from it.

Nothing is held but a buffer (5 MB with S3), whatever the size of the zip: neither in memory nor on a disk of ours.
"""

import contextlib
import io
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import IO, Any

from django.core.files.base import File
from django.core.files.storage import default_storage
from django.utils import timezone

from accounts.models import Export
from accounts.services.personal import Beat

CHUNK = 64 * 1024
BUFFER = 256 * 1024


class Sink(io.RawIOBase):
    """A file that can only be written on: zipfile asks for no more, and multipart uploads give no more."""

    def __init__(self, file: File[Any]) -> None:
        super().__init__()
        self.file: File[Any] | None = file
        self.written = 0

    def writable(self) -> bool:
        return True

    def write(self, data: Any) -> int:
        if self.file is not None:
            self.file.write(bytes(data))
        self.written += len(data)
        return len(data)


class Zip:
    """A zip that grows in a file of storage."""

    def __init__(self, file: File[Any]) -> None:
        self.sink = Sink(file)
        self.buffer = io.BufferedWriter(self.sink, BUFFER)
        self.zip = zipfile.ZipFile(self.buffer, "w", zipfile.ZIP_DEFLATED)

    @property
    def byte_size(self) -> int:
        return self.sink.written

    def finish(self) -> None:
        self.zip.close()
        self.buffer.flush()

    def drop(self) -> None:
        """Write nothing more, not even when Python tidies up."""
        self.sink.file = None
        self.zip.fp = None

    @contextlib.contextmanager
    def entry(self, name: str, *, packed: bool = True) -> Iterator[IO[bytes]]:
        """A file in the zip, to be written. Pictures are not packed: they are already."""
        entry = zipfile.ZipInfo(name, timezone.now().timetuple()[:6])
        entry.compress_type = zipfile.ZIP_DEFLATED if packed else zipfile.ZIP_STORED
        entry.external_attr = 0o600 << 16
        with self.zip.open(entry, "w", force_zip64=packed) as file:
            yield file

    def add_file(self, name: str, key: str) -> bool:
        """Copy a file from storage; False when it is not there."""
        try:
            source = default_storage.open(key, "rb")
        except FileNotFoundError:
            return False
        with source, self.entry(name, packed=False) as target:
            while chunk := source.read(CHUNK):
                target.write(chunk)
        return True


@contextlib.contextmanager
def write_zip(key: str) -> Iterator[Zip]:
    """The zip is there when this ends well; when it ends in an error nothing is, or a part that nobody names."""
    file = _open(key)
    zipped = Zip(file)
    try:
        yield zipped
        zipped.finish()
    except BaseException:
        zipped.drop()
        _give_up(file)
        raise
    file.close()


def remove(export: Export) -> None:
    """Delete the file of every attempt."""
    for attempt in range(1, export.attempt + 1):
        delete_file(export.key_of(attempt))


def delete_file(key: str) -> None:
    """The same where it is not there any more."""
    with contextlib.suppress(FileNotFoundError):
        default_storage.delete(key)


def delete_folder(key: str, beat: Beat) -> None:
    """Everything below, and on a disk the folders too."""
    try:
        folders, files = default_storage.listdir(key)
    except (FileNotFoundError, NotADirectoryError):
        return
    for name in files:
        delete_file(f"{key}/{name}")
        beat()
    for name in folders:
        delete_folder(f"{key}/{name}", beat)
    if _path(key):
        delete_file(key)


def _open(key: str) -> File[Any]:
    if path := _path(key):
        path.parent.mkdir(parents=True, exist_ok=True)
    return default_storage.open(key, "wb")


def _give_up(file: File[Any]) -> None:
    """S3 would complete what is closed: the upload is taken back instead."""
    upload = getattr(file, "_multipart", None)
    if upload is not None:
        upload.abort()
    else:
        file.close()


def _path(key: str) -> Path | None:
    """Where a file lies on this machine; None where storage is elsewhere."""
    try:
        return Path(default_storage.path(key))
    except NotImplementedError:
        return None
