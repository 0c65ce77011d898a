"""The /v1/videos routes: what clients ask for, answered by what the model that is loaded can do."""

from rest_framework.exceptions import NotFound
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.scopes import Scope
from generation import catalog, valkey
from generation.api import errors, schema_batches
from generation.api.base import BigJSONParser, V1View
from generation.services import workers


class VideoGenerations(V1View):
    """POST /v1/videos/generations"""

    scope = Scope.IMAGES_WRITE
    parser_classes = (BigJSONParser,)

    @schema_batches.make_video
    def post(self, request: Request) -> Response:
        alive = valkey.hint("workers", lambda _: workers.live_workers()) or []
        models = " and ".join(sorted({worker.model for worker in alive})) or catalog.MODEL
        message = f"The model {models} draws pictures, and no videos yet. Nothing was charged."
        raise errors.ApiError(400, message, kind=errors.BAD_REQUEST, code="unsupported_by_model", param="model")


class Video(V1View):
    """GET /v1/videos/<id>"""

    scope = Scope.IMAGES_WRITE

    @schema_batches.get_video
    def get(self, request: Request, name: str) -> Response:
        raise NotFound(f"There is no video {name!r}.")
