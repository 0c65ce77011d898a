from django.db import migrations

from accounts.walls import wall

# At commit the scope may be another one, or none, and postings that are not seen would add up to zero.
CHECK_ALL = """
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
    dependencies = [("billing", "0004_crossings"), ("accounts", "0009_walls")]
    operations = [
        wall("billing_account"),
        wall("billing_transaction"),
        wall(
            "billing_posting",
            "exists (select 1 from billing_transaction t where t.id = transaction_id and aurora_sees(t.workspace_id))",
        ),
        wall("billing_plangrant"),
        migrations.RunSQL(CHECK_ALL, migrations.RunSQL.noop),
    ]
