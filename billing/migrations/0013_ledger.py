"""What each movement changes of a workspace's credit stands with it, so that statements read no postings; and sums of
postings are read off an index alone."""

import django.db.models.deletion
from django.db import migrations, models

BACKFILL = """
alter table billing_transaction disable trigger billing_transaction_append_only;
select set_config('app.workspace', '*', true);
update billing_transaction t set credit_micros = s.credit from (
    select p.transaction_id, sum(p.amount) credit from billing_posting p join billing_account a on a.id = p.account_id
    where a.kind in ('wallet', 'gift', 'held') group by 1
) s where s.transaction_id = t.id and s.credit <> 0;
alter table billing_transaction enable trigger billing_transaction_append_only;
"""

# By its account, which the index has, and not looked up for each row where all are seen.
WALL = """
drop policy workspace on billing_posting;
create policy workspace on billing_posting using (
    current_setting('app.workspace', true) = '*'
    or exists (select 1 from billing_account a where a.id = account_id and aurora_sees(a.workspace_id))
)
"""
FORMER_WALL = """
drop policy workspace on billing_posting;
create policy workspace on billing_posting using (
    exists (select 1 from billing_transaction t where t.id = transaction_id and aurora_sees(t.workspace_id))
)
"""

CHECK = """
create or replace function billing_check_sum() returns trigger language plpgsql as $$
declare
    told text := coalesce(current_setting('app.workspace', true), '');
    total bigint;
    credit bigint;
    said bigint;
begin
    perform set_config('app.workspace', '*', true);
    select sum(p.amount), coalesce(sum(p.amount) filter (where a.kind in ('wallet', 'gift', 'held')), 0)
        into total, credit
        from billing_posting p join billing_account a on a.id = p.account_id
        where p.transaction_id = new.transaction_id;
    select credit_micros into said from billing_transaction where id = new.transaction_id;
    perform set_config('app.workspace', told, true);
    if total is distinct from 0 then
        raise exception 'transaction % does not add up to zero', new.transaction_id using errcode = 'check_violation';
    end if;
    if said is distinct from credit then
        raise exception 'transaction % says % of credit and moves %', new.transaction_id, said, credit
            using errcode = 'check_violation';
    end if;
    return null;
end $$
"""
FORMER_CHECK = """
create or replace function billing_check_sum() returns trigger language plpgsql as $$
declare
    told text := coalesce(current_setting('app.workspace', true), '');
    total bigint;
begin
    perform set_config('app.workspace', '*', true);
    select sum(amount) into total from billing_posting where transaction_id = new.transaction_id;
    perform set_config('app.workspace', told, true);
    if total is distinct from 0 then
        raise exception 'transaction % does not add up to zero', new.transaction_id using errcode = 'check_violation';
    end if;
    return null;
end $$
"""


class Migration(migrations.Migration):
    dependencies = [("billing", "0012_credits")]
    operations = [
        migrations.RunSQL(WALL, FORMER_WALL),
        # Made anew when all rows are as they will be.
        migrations.RemoveIndex("transaction", "billing_newest"),
        migrations.AddField(
            "transaction",
            "credit_micros",
            models.BigIntegerField(
                default=0,
                editable=False,
                help_text="what the workspace has more by it, held or not; the database compares",
            ),
        ),
        migrations.RunSQL(BACKFILL, migrations.RunSQL.noop),
        migrations.RunSQL(CHECK, FORMER_CHECK),
        migrations.AddIndex(
            "transaction",
            models.Index(
                fields=["workspace", "-created_at", "-id"], include=("kind", "credit_micros"), name="billing_newest"
            ),
        ),
        migrations.AlterField(
            "posting",
            "account",
            models.ForeignKey(
                db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name="+", to="billing.account"
            ),
        ),
    ]
