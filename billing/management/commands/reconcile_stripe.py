"""`manage.py reconcile_stripe`: the nightly comparison with Stripe, now."""

from typing import Any

from django.core.management.base import BaseCommand

from billing.services import reconcile


class Command(BaseCommand):
    help = "Compares what is known here with what Stripe has, puts right what differs, and says what that was."

    def handle(self, *args: Any, **options: Any) -> None:
        findings = reconcile.run()
        for finding in findings:
            self.stdout.write(finding)
        self.stdout.write(
            self.style.SUCCESS("All is as Stripe has it." if not findings else f"{len(findings)} put right.")
        )
