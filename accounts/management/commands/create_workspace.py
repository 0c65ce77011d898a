"""`manage.py create_workspace NAME --owner EMAIL`"""

from typing import Any

from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.core.validators import validate_email

from accounts.models import User
from accounts.services import users, workspaces


class Command(BaseCommand):
    help = "Make a workspace and print its slug. The owner is made too if need be, and sets a password by 'forgot'."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("name")
        parser.add_argument("--owner", required=True, metavar="EMAIL")

    def handle(self, *args: Any, name: str, owner: str, **options: Any) -> None:
        name, email = name.strip(), owner.strip().lower()
        if not 1 <= len(name) <= 80:
            raise CommandError("NAME must have 1 to 80 characters.")
        try:
            validate_email(email)
        except ValidationError as error:
            raise CommandError(f"--owner {owner!r} is not an e-mail address.") from error
        try:
            user = User.objects.get_by_natural_key(email)
        except User.DoesNotExist:
            user = users.create_user(email=email)
        self.stdout.write(workspaces.create_workspace(name=name, owner=user).slug)
