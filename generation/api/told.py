"""What a request tells about itself: a name, that it is a retry, and so whether it was heard before."""

import hashlib
import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.core.files.uploadedfile import UploadedFile
from django.db import IntegrityError
from django.http import QueryDict
from rest_framework.request import Request

from accounts.models import ApiKey
from generation.api import errors
from generation.models import Generation
from generation.services import retries
from generation.services.retries import Sent

MAX_KEY = 255


@dataclass(frozen=True)
class Told:
    sent: Sent

    @classmethod
    def of(cls, request: Request) -> "Told":
        """Raises ApiError for an idempotency key that cannot be kept."""
        key = request.headers.get("Idempotency-Key", "").strip()
        if len(key) > MAX_KEY or not key.isprintable():
            message = f"Idempotency-Key may have at most {MAX_KEY} printable characters."
            raise errors.ApiError(400, message, kind=errors.BAD_REQUEST, code="invalid_value", param="Idempotency-Key")
        count = request.headers.get("x-stainless-retry-count", "")
        return cls(Sent(key, _hash(request.path, request.data), count.isdecimal() and count.strip("0") != ""))

    def once(self, api_key: ApiKey, place: Callable[[Sent], Generation]) -> Generation:
        """What `place` makes, all or nothing, or what the same request has made before.

        Raises ApiError for another one's key.
        """
        try:
            if known := retries.first_try(api_key=api_key, sent=self.sent):
                return known
            return place(self.sent)
        except IntegrityError:
            # The same request a moment earlier; it is there now.
            if known := retries.first_try(api_key=api_key, sent=self.sent):
                return known
            raise
        except retries.KeyReused as error:
            message = "This Idempotency-Key came with another request before: choose a new one for each request."
            raise errors.ApiError(422, message, kind=errors.BAD_REQUEST, code="idempotency_key_reused") from error


def _hash(path: str, data: Any) -> str:
    """The same for the same request, in whichever order its fields come."""
    fields = sorted(data.lists()) if isinstance(data, QueryDict) else data
    return hashlib.sha256(json.dumps([path, fields], sort_keys=True, default=_of_file).encode()).hexdigest()


def _of_file(value: Any) -> str:
    if not isinstance(value, UploadedFile):
        return str(value)
    digest = hashlib.sha256()
    for chunk in value.chunks():
        digest.update(chunk)
    value.seek(0)
    return digest.hexdigest()
