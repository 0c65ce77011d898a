"""The /v1 routes."""

from typing import Any, ClassVar

from django.http import HttpResponse
from django_scopes import scope as in_scope
from rest_framework.exceptions import NotFound
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.scopes import Scope
from billing import ledger
from generation import catalog, valkey
from generation.api import errors, handover, parsing, payloads
from generation.api.base import V1View
from generation.api.schema import Answer, in_path, listed, operation
from generation.api.schema_account import CREDITS_TOLD, MODEL_TOLD, USAGE_TOLD
from generation.api.schema_images import GENERATE, described
from generation.api.told import Told
from generation.models import Generation
from generation.services import request as requests
from generation.services import spending, workers


class ImageView(V1View):
    """What makes pictures: a request is read and placed, or joined to its first try, and answered outside Django."""

    scope = Scope.IMAGES_WRITE
    kind: ClassVar[str]
    """What the events of its streams begin with."""

    def place(self, data: Any, told: Told) -> tuple[Generation, parsing.ImageRequest]:
        """Read the body, and queue what it asks for unless it was queued before."""
        raise NotImplementedError

    def post(self, request: Request) -> HttpResponse:
        check_workers()
        with in_scope(workspace=self.workspace):
            generation, asked = self.place(request.data, Told.of(request))
            # What is not allowed is known at once; what is drawn may turn out so later.
            if generation.status == Generation.Status.BLOCKED and not generation.attempt:
                raise errors.blocked(generation.error_message)
            return handover.answer(generation, asked, kind=self.kind)


class ImageGenerations(ImageView):
    """POST /v1/images/generations"""

    kind = "image_generation"

    @described("Draw pictures", name="generateImages", kind="image_generation", body=GENERATE, description="""
Answers when the pictures are there, or streams them as they are drawn. Fields of OpenAI and of xAI
can be mixed.""")  # fmt: skip
    def post(self, request: Request) -> HttpResponse:
        return super().post(request)

    def place(self, data: Any, told: Told) -> tuple[Generation, parsing.ImageRequest]:
        asked = parsing.read(data)
        return told.once(self.api_key, lambda sent: requests.place(
            workspace=self.workspace, requested_by=self.api_key.created_by, source="api", order=asked.order,
            api_key=self.api_key, sent=sent, end_user=asked.user,
        )), asked  # fmt: skip


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

    @operation("List the models", name="listModels", tag="Models", scope=Scope.MODELS_READ,
               answers={200: Answer("The models.", listed(MODEL_TOLD))})  # fmt: skip
    def get(self, request: Request) -> Response:
        return Response({"object": "list", "data": [MODEL]})


class Model(V1View):
    """GET /v1/models/<id>"""

    scope = Scope.MODELS_READ

    @operation("Get a model", name="getModel", tag="Models", scope=Scope.MODELS_READ, errors=(404,),
               parameters=[in_path("name", "The model’s id.", examples=[catalog.MODEL])],
               answers={200: Answer("The model.", MODEL_TOLD)})  # fmt: skip
    def get(self, request: Request, name: str) -> Response:
        if name != catalog.MODEL:
            raise NotFound(f"There is no model {name!r}.")
        return Response(MODEL)


class Usage(V1View):
    """GET /v1/usage: what this key has spent this month, and of how much."""

    scope = Scope.USAGE_READ

    @operation("What this key has spent", name="getUsage", tag="Account", scope=Scope.USAGE_READ,
               description="In this month, and of how much. A dollar has 1,000,000 micros.",
               answers={200: Answer("What was spent or is reserved.", USAGE_TOLD)})  # fmt: skip
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


class Credits(V1View):
    """GET /v1/credits: what the workspace of this key has left, its gifts in the order in which they are spent."""

    scope = Scope.USAGE_READ

    @operation("What credit is left", name="getCredits", tag="Account", scope=Scope.USAGE_READ,
               description="Of the key’s workspace; its gifts stand in the order in which they are spent.",
               answers={200: Answer("The credit.", CREDITS_TOLD)})  # fmt: skip
    def get(self, request: Request) -> Response:
        with in_scope(workspace=self.workspace):
            purse = ledger.purse(workspace=self.workspace)
        return Response(payloads.credit_left(purse))
