"""./manage.py recount_storage: prove how many bytes each workspace's pictures take."""

from typing import Any

from django.core.management.base import BaseCommand

from generation.services import room


class Command(BaseCommand):
    help = "Add up the pictures of every workspace and put right what does not agree with the kept sum."

    def handle(self, *args: Any, **options: Any) -> None:
        wrong = room.recount()
        for workspace in wrong:
            self.stdout.write(f"{workspace.slug} was put right.")
        self.stdout.write(f"{len(wrong)} sums were wrong.")
