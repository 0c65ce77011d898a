"""What all /v1 views share: the key and its scopes, JSON in and out, the error envelope, headers, the log."""

import io
import math
import time
from collections.abc import Callable, Sequence
from typing import IO, Any, ClassVar, cast

from allauth.account.adapter import get_adapter
from django.conf import settings
from django.http import HttpRequest
from django.urls import reverse
from django_scopes import scope as in_scope
from rest_framework.authentication import BaseAuthentication
from rest_framework.exceptions import AuthenticationFailed, NotFound, PermissionDenied
from rest_framework.parsers import BaseParser, JSONParser
from rest_framework.permissions import BasePermission
from rest_framework.renderers import JSONRenderer
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts.models import ApiKey, User, Workspace
from accounts.scopes import Scope
from accounts.services import api_keys, switches
from generation.api import errors, logbook
from generation.services import rates
from generation.uploads import MAX_BODY, MAX_UPLOAD

LIMIT_HEADERS = tuple(f"x-ratelimit-{what}-requests" for what in ("limit", "remaining", "reset"))


class BearerKey(BaseAuthentication):
    """`Authorization: Bearer <API key>`."""

    def authenticate(self, request: Request) -> tuple[User, ApiKey]:
        scheme, _, raw = request.headers.get("Authorization", "").partition(" ")
        if scheme.lower() != "bearer" or not raw.strip():
            raise AuthenticationFailed("No API key was given: send it as `Authorization: Bearer <key>`.")
        try:
            api_key = api_keys.verify(raw.strip())
        except api_keys.Refused as refused:
            raise AuthenticationFailed(str(refused)) from refused
        if api_key.workspace.is_leaving:
            raise PermissionDenied("The workspace of this API key is to be deleted, and takes no more requests.")
        return api_key.created_by, api_key

    def authenticate_header(self, request: Request) -> str:
        return 'Bearer realm="aurora"'


class KeyHasScope(BasePermission):
    """The key may be used for what the view does."""

    def has_permission(self, request: Request, view: APIView) -> bool:
        api_key, scope = cast("ApiKey", request.auth), cast("V1View", view).scope
        if scope not in api_key.scopes:
            raise errors.ApiError(
                403,
                f"This API key lacks the scope `{scope}` ({scope.words}). Use another key, or have its scopes changed:"
                f" {settings.BASE_URL}{reverse('pages:keys', args=[api_key.workspace.slug])}",
                kind=errors.BAD_REQUEST,
                code="permission_denied",
            )
        return True


class SmallJSONParser(JSONParser):
    """JSON up to `most` bytes."""

    most: ClassVar[int] = MAX_BODY

    def parse(self, stream: IO[Any], media_type: str | None = None, parser_context: Any = None) -> Any:
        data = stream.read(self.most + 1)
        if len(data) > self.most:
            raise errors.ApiError(
                413,
                f"The body is larger than {self.most:,} bytes.",
                kind=errors.BAD_REQUEST,
                code="request_too_large",
            )
        return super().parse(io.BytesIO(data), media_type, parser_context)


class BigJSONParser(SmallJSONParser):
    """With pictures in it, as data URIs."""

    most = MAX_UPLOAD


class V1View(APIView):
    scope: ClassVar[Scope]
    """What a key must have for the view to answer."""

    permission_classes: Sequence[type[BasePermission]] = (KeyHasScope,)
    authentication_classes: Sequence[type[BaseAuthentication]] = (BearerKey,)
    parser_classes: Sequence[type[BaseParser]] = (SmallJSONParser,)
    renderer_classes = (JSONRenderer,)

    def setup(self, request: HttpRequest, *args: Any, **kwargs: Any) -> None:
        super().setup(request, *args, **kwargs)
        _measure(request)
        self.started = time.monotonic()
        self.rate: rates.Rate | None = None
        self.known: ApiKey | None = None

    @property
    def api_key(self) -> ApiKey:
        return cast("ApiKey", self.request.auth)

    @property
    def workspace(self) -> Workspace:
        return self.api_key.workspace

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        # Before the key is looked at: whoever guesses keys is counted too.
        self._count(rates.of_address(get_adapter().get_client_ip(request) or ""))
        super().initial(request, *args, **kwargs)
        self.count_key()

    def count_key(self) -> None:
        """Raises Off where the API is turned off for the workspace, ApiError where it or the key has sent too much."""
        switches.demand(switches.Name.API, self.workspace)
        with in_scope(workspace=self.workspace):
            self._count(rates.of_key(self.api_key))

    def perform_authentication(self, request: Request) -> None:
        super().perform_authentication(request)
        self.known = cast("ApiKey | None", request.auth)

    def _count(self, rate: rates.Rate | None) -> None:
        """Keep what is left for the answer's headers. Raises ApiError where that is nothing."""
        self.rate = rate
        if rate and rate.wait_ms:
            seconds = math.ceil(rate.wait_ms / 1000)
            raise errors.ApiError(
                429,
                f"Too many requests: {rate.limit} a minute are possible here. Try again in {seconds} s.",
                kind="rate_limit_exceeded",
                code="rate_limit_exceeded",
                headers={"Retry-After": str(seconds)},
            )

    def perform_content_negotiation(self, request: Request, force: bool = False) -> tuple[JSONRenderer, str]:
        # Always JSON: some clients ask for event streams or images here, and a 406 helps nobody.
        return JSONRenderer(), "application/json"

    def get_exception_handler(self) -> Callable[[Exception, dict[str, Any]], Response]:
        return errors.handle

    def finalize_response(self, request: Request, response: Any, *args: Any, **kwargs: Any) -> Any:
        response = super().finalize_response(request, response, *args, **kwargs)
        for name, value in told(self.rate).items() if self.rate else ():
            response.headers[name] = value
        response.headers["openai-processing-ms"] = str(int((time.monotonic() - self.started) * 1000))
        # What is no answer of the framework is handed over, and written when it is answered.
        if self.known and isinstance(response, Response):
            logbook.write_when_sent(response, request=request, api_key=self.known, started=self.started)
        return response


def _measure(request: HttpRequest) -> None:
    """A body that comes in chunks, as the Node client sends files, tells no length, which Django takes for no body.

    All of it lies in a file by now, whose length is known.
    """
    stream = getattr(request, "_stream", None)
    if request.headers.get("Transfer-Encoding") and "CONTENT_LENGTH" not in request.META and stream:
        request.META["CONTENT_LENGTH"] = str(stream.seek(0, io.SEEK_END))
        stream.seek(0)


def told(rate: rates.Rate) -> dict[str, str]:
    """What clients are told of their rate, in OpenAI's headers."""
    reset = f"{rate.reset_ms}ms" if rate.reset_ms < 1000 else f"{rate.reset_ms / 1000:g}s"
    return dict(zip(LIMIT_HEADERS, (str(rate.limit), str(rate.remaining), reset), strict=True))


class NoSuchRoute(V1View):
    """Answers every other path under /v1, whether a key was sent or not."""

    schema = None
    authentication_classes: Sequence[type[BaseAuthentication]] = ()

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        raise NotFound(f"There is no {request.method} {request.path}.")
