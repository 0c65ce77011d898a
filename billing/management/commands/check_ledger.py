"""`manage.py check_ledger`"""

from typing import Any

from django.core.management.base import BaseCommand, CommandError

from billing import amounts
from billing.services import proof


class Command(BaseCommand):
    help = (
        "Prove that all balances are the sums of their postings, and print the trial balance. Fails where one is not."
    )

    def handle(self, *args: Any, **options: Any) -> None:
        report = proof.prove_all()
        width = max(len(amounts.dollars(sum_)) for sum_ in [*report.sums.values(), report.total])
        for kind, sum_ in [*report.sums.items(), ("total", report.total)]:
            self.stdout.write(f"{kind:<10}{amounts.dollars(sum_):>{width}}")
        if not report.holds:
            faults = [str(flaw) for flaw in report.flaws]
            if report.total:
                faults.append(f"all accounts together come to {report.total} micro-dollars, not to nothing")
            raise CommandError("\n".join(["The ledger does not hold:", *faults]))
        self.stdout.write(f"{report.accounts:,} accounts proved.")
