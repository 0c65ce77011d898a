"""The /v1 routes."""

from typing import Any

from django.http import HttpResponse
from django_scopes import scope as in_scope
from rest_framework.exceptions import NotFound
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.models import ApiKey
from accounts.scopes import Scope
from generation import catalog, valkey
from generation.api import errors, handover, parsing, payloads
from generation.api.base import V1View
from generation.models import Generation
from generation.services import browse, spending, workers
from generation.services import request as requests
from generation.services.cancel import cancel
from generation.services.wait import until_over

WAIT_SECONDS = 570
"""Clients give up after 600 s, and would try again."""


class ImageGenerations(V1View):
    """POST /v1/images/generations"""

    scope = Scope.IMAGES_WRITE

    def post(self, request: Request) -> HttpResponse:
        asked = parsing.read(request.data)
        check_workers()
        with in_scope(workspace=self.workspace):
            generation = requests.place(
                workspace=self.workspace,
                requested_by=self.api_key.created_by,
                source="api",
                order=asked.order,
                api_key=self.api_key,
            )
            if asked.stream:
                return handover.answer(generation, asked)
            return Response(pictures_of(self.api_key, generation, asked))


def pictures_of(api_key: ApiKey, generation: Generation, asked: parsing.ImageRequest) -> dict[str, Any]:
    """The pictures that were delivered, as those are paid for; an error only when there is none."""
    row = until_over(generation=generation, seconds=WAIT_SECONDS)
    if not row.is_over:
        cancel(generation=row)
    done = browse.generation(workspace=api_key.workspace, reader=api_key.created_by, id=row.pk)
    if pictures := list(done.pictures.all()):
        return payloads.reply(done, pictures, asked)
    raise _unfinished(done) if row.is_over else _too_late()


def _unfinished(generation: Generation) -> errors.ApiError:
    body = errors.outcome(generation.status, code=generation.error_code, message=generation.error_message)
    told = (body or errors.envelope("", kind=errors.SERVER, code=errors.SERVER))["error"]
    status = 500 if told["type"] == errors.SERVER else 400
    return errors.ApiError(status, told["message"], kind=told["type"], code=told["code"])


def _too_late() -> errors.ApiError:
    message = f"The picture was not drawn within {WAIT_SECONDS} seconds: too much is waiting. Nothing was charged."
    return errors.ApiError(503, message, kind=errors.SERVER, code="timeout")


def check_workers() -> None:
    """Refuse at once what nobody would draw. Raises ApiError."""
    try:
        alive = workers.live_workers()
    except valkey.Unavailable:
        # Unknown: the row will wait for a worker.
        return
    if not alive:
        message = "No model worker is running, so nothing can be drawn: start one (`manage.py up`), or try again soon."
        raise errors.ApiError(503, message, kind=errors.SERVER, code="no_worker", headers={"Retry-After": "5"})


MODEL = {"id": catalog.MODEL, "object": "model", "created": catalog.MODEL_CREATED, "owned_by": "aurora"}


class Models(V1View):
    """GET /v1/models"""

    scope = Scope.MODELS_READ

    def get(self, request: Request) -> Response:
        return Response({"object": "list", "data": [MODEL]})


class Model(V1View):
    """GET /v1/models/<id>"""

    scope = Scope.MODELS_READ

    def get(self, request: Request, name: str) -> Response:
        if name != catalog.MODEL:
            raise NotFound(f"There is no model {name!r}.")
        return Response(MODEL)


class Usage(V1View):
    """GET /v1/usage: what this key has spent this month, and of how much."""

    scope = Scope.USAGE_READ

    def get(self, request: Request) -> Response:
        with in_scope(workspace=self.workspace):
            spent = spending.this_month([self.api_key])[self.api_key.pk]
        return Response(
            {
                "object": "usage",
                "key": self.api_key.prefix,
                "month": f"{spending.month_start():%Y-%m}",
                "spent_micros": spent,
                "cap_micros": self.api_key.monthly_cap_micros,
            }
        )
