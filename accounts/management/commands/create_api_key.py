"""`manage.py create_api_key --workspace SLUG [--name NAME]`"""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django_scopes import scope

from accounts.models import Membership, Workspace
from accounts.services import api_keys


class Command(BaseCommand):
    help = "Make an API key and print it, once: it is not stored and cannot be shown again."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--workspace", required=True, metavar="SLUG")
        parser.add_argument("--name", default="Command line")

    def handle(self, *args: Any, workspace: str, name: str, **options: Any) -> None:
        found = Workspace.objects.filter(slug=workspace).first()
        if found is None:
            raise CommandError(f"There is no workspace {workspace!r}; make one with create_workspace.")
        if not 1 <= len(name.strip()) <= 80:
            raise CommandError("--name must have 1 to 80 characters.")
        with scope(workspace=found):
            owner = found.memberships.filter(role=Membership.Role.OWNER).select_related("user").first()
        if owner is None:
            raise CommandError(f"Workspace {workspace!r} has no owner to make the key for.")
        self.stdout.write(api_keys.create(workspace=found, name=name.strip(), created_by=owner.user)[1])
