"""The web process. Event streams are answered before Django, without a thread or a database connection each."""

import os
from typing import cast

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "aurora_site.settings")
os.environ.setdefault("DATABASE_POOL", "10")

import django
from asgiref.typing import ASGI3Application, ASGIReceiveCallable, ASGISendCallable, Scope

# Django must be set up before anything below imports a model.
django.setup(set_prefix=False)

from aurora_site.handler import Handler
from generation import events
from generation.api import answers

pages_and_api: ASGI3Application = answers.wrap(cast("ASGI3Application", Handler()))


async def application(scope: Scope, receive: ASGIReceiveCallable, send: ASGISendCallable) -> None:
    if scope["type"] == "http" and scope["path"].startswith("/events/"):
        await events.app(scope, receive, send)
    else:
        await pages_and_api(scope, receive, send)
