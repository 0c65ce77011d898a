"""GET /v1/openapi.json: what all routes take and answer, for tools and for the page of the reference."""

import functools
from collections.abc import Sequence
from typing import Any

from django.utils.cache import patch_cache_control
from drf_spectacular.generators import SchemaGenerator
from rest_framework.authentication import BaseAuthentication
from rest_framework.permissions import BasePermission
from rest_framework.request import Request
from rest_framework.response import Response

from generation.api.base import V1View
from generation.api.schema import Answer, operation


@functools.cache
def served() -> dict[str, Any]:
    """The schema; it is the same as long as the process lives."""
    made: dict[str, Any] = SchemaGenerator().get_schema(public=True)  # type: ignore[no-untyped-call]
    return made


class OpenApi(V1View):
    """Without a key: whoever thinks about coming may read it."""

    authentication_classes: Sequence[type[BaseAuthentication]] = ()
    permission_classes: Sequence[type[BasePermission]] = ()

    def count_key(self) -> None:
        """There is none."""

    @operation("This description", name="getSchema", tag="Reference", scope=None,
               answers={200: Answer("OpenAPI 3.1.", {"type": "object"})})  # fmt: skip
    def get(self, request: Request) -> Response:
        response = Response(served())
        patch_cache_control(response, public=True, max_age=300)
        return response
