"""Sends the zip of an export, or of pictures, to whoever asked for it."""

from collections.abc import AsyncIterator
from datetime import datetime
from typing import Any, Protocol

from asgiref.sync import sync_to_async
from django.conf import settings
from django.core.files.base import File
from django.core.files.storage import default_storage
from django.http import Http404, HttpResponseRedirect, StreamingHttpResponse
from django.http.response import HttpResponseBase

CHUNK = 256 * 1024
LINK_SECONDS = 300


class Made(Protocol):
    """A zip that lies in storage."""

    created_at: datetime

    @property
    def storage_key(self) -> str: ...


def send(export: Made, *, name: str) -> HttpResponseBase:
    """From object storage by a link that works for five minutes, else from the disk. Raises Http404."""
    file_name = f"aurora-{name}-{export.created_at:%Y-%m-%d}.zip"
    disposition = f'attachment; filename="{file_name}"'
    if settings.S3_BUCKET:
        parameters = {"ResponseContentDisposition": disposition, "ResponseContentType": "application/zip"}
        # S3Storage signs by itself; `parameters` and `expire` are its own and not in Django's signature.
        url = default_storage.url(export.storage_key, parameters=parameters, expire=LINK_SECONDS)  # type: ignore[call-arg]
        return HttpResponseRedirect(url)
    try:
        file = default_storage.open(export.storage_key, "rb")
    except FileNotFoundError as error:
        raise Http404("This export is no longer there.") from error
    headers = {"Content-Length": str(file.size), "Content-Disposition": disposition, "Cache-Control": "no-store"}
    return StreamingHttpResponse(_chunks(file), content_type="application/zip", headers=headers)


async def _chunks(file: File[Any]) -> AsyncIterator[bytes]:
    """Asynchronous, as the server would put all of a plain iterator into memory before it sends any of it."""
    try:
        while chunk := await sync_to_async(file.read, thread_sensitive=False)(CHUNK):
            yield chunk
    finally:
        file.close()
