"""What middleware adds to a request, for the type checker."""

from django.http import HttpRequest
from django_htmx.middleware import HtmxDetails

from accounts.models import User, Workspace


class PageRequest(HttpRequest):
    """A request below `/w/<slug>/`: from a member, inside the scope of the workspace."""

    user: User
    workspace: Workspace
    htmx: HtmxDetails
