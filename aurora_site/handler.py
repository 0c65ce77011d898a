"""Django's way from ASGI to the views, shorter: here every middleware and every view is synchronous."""

from typing import Any

from asgiref.sync import sync_to_async
from django.core.handlers.asgi import ASGIHandler
from django.http import HttpRequest


class Handler(ASGIHandler):
    """Runs middlewares and view in one go, in the request's thread.

    Django's own goes back to the event loop between the last middleware and the view, and once more for the view.
    """

    def load_middleware(self, is_async: bool = False) -> None:
        super().load_middleware(is_async=False)

    async def get_response_async(self, request: HttpRequest) -> Any:
        return await sync_to_async(self.get_response, thread_sensitive=True)(request)
