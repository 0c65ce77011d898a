"""`manage.py create_workspace` with a plan and credit, through the services that staff use."""

import pytest
from django.core.management import CommandError, call_command
from django_scopes import scope, scopes_disabled

from accounts.models import AuditEntry, User, Workspace
from billing import ledger
from billing.models import PlanGrant, Transaction
from billing.plans import plan_of


def test_it_gives_a_plan_and_credit(db: None, capsys: pytest.CaptureFixture[str]) -> None:
    call_command("create_workspace", "Press", "--owner", "nina@example.org", "--plan", "team", "--credits", "25.07")
    assert capsys.readouterr().out == "press\n"
    made = Workspace.objects.get(slug="press")
    with scope(workspace=made):
        assert plan_of(made).name == "team"
        assert (PlanGrant.objects.get().ends_at - PlanGrant.objects.get().created_at).days >= 364
        assert ledger.balance(workspace=made) == 25_070_000
        assert Transaction.objects.get().kind == "adjust"
        assert Transaction.objects.get().reason
    with scopes_disabled():
        noted = AuditEntry.objects.filter(workspace=made).values_list("action", flat=True)
        assert {"plan.granted", "credit.adjusted"} <= set(noted)


BAD = [
    ["--plan", "free"], ["--plan", "gold"], ["--credits", "0"], ["--credits", "-5"], ["--credits", "much"],
    ["--credits", "NaN"], ["--credits", "1e99"], ["--credits", "0.0000001"], ["--credits", "1000000.01"],
]  # fmt: skip


@pytest.mark.parametrize("flags", BAD, ids=" ".join)
def test_it_makes_nothing_of_a_bad_value(flags: list[str], db: None) -> None:
    with pytest.raises(CommandError, match=flags[0]):
        call_command("create_workspace", "Press", "--owner", "nina@example.org", f"{flags[0]}={flags[1]}")
    assert not Workspace.objects.exists()
    assert not User.objects.exists()
