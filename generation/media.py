"""Serves stored pictures by signed URL: no session and no query, so that a page of forty costs little."""

import io
import re

from django.core.files.storage import default_storage
from django.http import FileResponse, Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.utils.cache import patch_cache_control
from django.views.decorators.http import require_safe

from generation import storage

KEY = re.compile(r"ws/[0-9a-f-]{36}/[0-9a-f-]{36}/(?P<sha256>[0-9a-f]{64})\.png")


@require_safe
def picture(request: HttpRequest, key: str) -> HttpResponseBase:
    """The picture at `key` if the URL was signed by us and is not too old; else 404."""
    output_format = storage.Format.read(request.GET.get("format", ""))
    download = request.GET.get("download") == "1"
    match = KEY.fullmatch(key)
    if match is None or not _is_signed(request, key, download=download, output_format=output_format):
        raise Http404("This link is not valid, or no longer.")
    etag = f'"{match["sha256"]}-{output_format}"'
    response: HttpResponseBase
    if request.headers.get("If-None-Match") == etag:
        response = HttpResponse(status=304)
    else:
        response = _file(key, output_format, download=download)
    response.headers["ETag"] = etag
    response.headers["X-Content-Type-Options"] = "nosniff"
    patch_cache_control(response, private=True, max_age=storage.URL_SECONDS)
    return response


def _is_signed(request: HttpRequest, key: str, *, download: bool, output_format: storage.Format) -> bool:
    expires = request.GET.get("expires", "")
    return expires.isdecimal() and storage.is_signed(
        key,
        int(expires[:12]),
        download=download,
        output_format=output_format,
        signature=request.GET.get("signature", ""),
    )


def _file(key: str, output_format: storage.Format, *, download: bool) -> FileResponse:
    try:
        file = default_storage.open(key, "rb")
    except FileNotFoundError as error:
        raise Http404("This picture is no longer there.") from error
    if not output_format.is_png:
        with file:
            file = io.BytesIO(storage.encode(file.read(), output_format))  # type: ignore[assignment]
    return FileResponse(
        file,
        content_type=f"image/{output_format.name}",
        as_attachment=download,
        filename=storage.file_name(key, output_format),
    )
