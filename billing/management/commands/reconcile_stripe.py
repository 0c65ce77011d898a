"""`manage.py reconcile_stripe`: the nightly comparison with Stripe, now."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError

from billing.services import reconcile
from billing.stripe_client import NotConfigured


class Command(BaseCommand):
    help = "Compares what is known here with what Stripe has, puts right what differs, and says what that was."

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            findings = reconcile.run()
        except NotConfigured as error:
            raise CommandError(
                "No Stripe is known here: give STRIPE_SECRET_KEY, or STRIPE_API_BASE of the fake beside the site."
            ) from error
        for finding in findings:
            self.stdout.write(finding)
        self.stdout.write(
            self.style.SUCCESS("All is as Stripe has it." if not findings else f"{len(findings)} put right.")
        )
