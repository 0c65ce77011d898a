"""Rules of the ledger that hold whatever the code does."""

from django.db import migrations

FORWARD = """
create function billing_refuse_change() returns trigger language plpgsql as $$
begin
    raise exception '% is append-only', tg_table_name using errcode = 'restrict_violation';
end $$;

create trigger billing_transaction_append_only before update or delete on billing_transaction
    for each row execute function billing_refuse_change();
create trigger billing_posting_append_only before update or delete on billing_posting
    for each row execute function billing_refuse_change();

-- Balances follow the postings, so that balance = sum of postings holds by construction.
create function billing_post() returns trigger language plpgsql as $$
begin
    update billing_account set balance = balance + new.amount where id = new.account_id;
    return null;
end $$;
create trigger billing_posting_changes_balance after insert on billing_posting
    for each row execute function billing_post();

-- pg_trigger_depth() is 1 when the update came from a statement, more when it came from the trigger above.
create function billing_refuse_edit() returns trigger language plpgsql as $$
begin
    if pg_trigger_depth() < 2 then
        raise exception 'balances change by postings only' using errcode = 'restrict_violation';
    end if;
    return new;
end $$;
create trigger billing_account_balance_is_a_sum before update of balance on billing_account
    for each row when (old.balance is distinct from new.balance) execute function billing_refuse_edit();
create trigger billing_account_starts_empty before insert on billing_account
    for each row when (new.balance <> 0) execute function billing_refuse_edit();

-- At commit, as the sides of a transaction arrive one after the other.
create function billing_check_sum() returns trigger language plpgsql as $$
begin
    if (select sum(amount) from billing_posting where transaction_id = new.transaction_id) <> 0 then
        raise exception 'transaction % does not add up to zero', new.transaction_id using errcode = 'check_violation';
    end if;
    return null;
end $$;
create constraint trigger billing_transaction_adds_up after insert on billing_posting
    deferrable initially deferred for each row execute function billing_check_sum();
"""

BACKWARD = """
drop trigger billing_transaction_adds_up on billing_posting;
drop trigger billing_account_starts_empty on billing_account;
drop trigger billing_account_balance_is_a_sum on billing_account;
drop trigger billing_posting_changes_balance on billing_posting;
drop trigger billing_posting_append_only on billing_posting;
drop trigger billing_transaction_append_only on billing_transaction;
drop function billing_check_sum, billing_refuse_edit, billing_post, billing_refuse_change;
"""


class Migration(migrations.Migration):
    dependencies = [("billing", "0001_initial")]
    operations = [migrations.RunSQL(FORWARD, BACKWARD)]
