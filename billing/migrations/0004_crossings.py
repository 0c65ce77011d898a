"""A posting moves money of one workspace: that of its transaction and of its account. Postings name no workspace, so a
trigger compares the two. It finds nothing to compare where rows are hidden, and then refuses as well."""

from django.db import migrations

FORWARD = """
create function billing_refuse_crossing() returns trigger language plpgsql as $$
begin
    if not exists (
        select from billing_transaction t join billing_account a on a.workspace_id = t.workspace_id
        where t.id = new.transaction_id and a.id = new.account_id
    ) then
        raise exception 'a posting may not cross workspaces' using errcode = 'foreign_key_violation';
    end if;
    return new;
end $$;
create trigger billing_posting_same_workspace before insert on billing_posting
    for each row execute function billing_refuse_crossing();

-- Transactions and postings are append-only; an account may not move away from under its postings either.
create function billing_refuse_move() returns trigger language plpgsql as $$
begin
    raise exception 'accounts stay in their workspace' using errcode = 'restrict_violation';
end $$;
create trigger billing_account_same_workspace before update of workspace_id on billing_account
    for each row when (old.workspace_id is distinct from new.workspace_id) execute function billing_refuse_move();
"""

BACKWARD = """
drop trigger billing_account_same_workspace on billing_account;
drop trigger billing_posting_same_workspace on billing_posting;
drop function billing_refuse_move, billing_refuse_crossing;
"""


class Migration(migrations.Migration):
    dependencies = [("billing", "0003_plan_grant")]
    operations = [migrations.RunSQL(FORWARD, BACKWARD)]
