"""Exports and deletion, and the audit trail made append-only."""

import django.db.models.deletion
import django.utils.timezone
import uuid
from django.conf import settings
from django.db import migrations, models


# Entries may be added, and the deletion of personal data may empty them of where and about whom; nothing else, for
# nobody, whatever a setting says. The setting lasts to the end of the transaction that a function below turned it on
# in, and only widens what the trigger lets through to that emptying.
FORWARD = r"""
create function accounts_audit_keep() returns trigger language plpgsql as $$
begin
    -- Only where tables are emptied between tests is this ever set, and it is set for the session.
    if tg_op = 'TRUNCATE' and current_setting('app.may_truncate', true) = 'on' then
        return null;
    end if;
    if tg_op = 'UPDATE' and current_setting('app.forgetting', true) = 'on'
        and (new.address is null or new.address is not distinct from old.address)
        and new.request_id in (old.request_id, '')
        and new.target in (old.target, 'a deleted account')
        and new.detail in (old.detail, '{}')
        and to_jsonb(new) - '{address,request_id,target,detail}'::text[]
            = to_jsonb(old) - '{address,request_id,target,detail}'::text[]
    then
        return new;
    end if;
    raise exception '% is append-only', tg_table_name using errcode = 'restrict_violation';
end $$;
create trigger accounts_auditentry_append_only before update or delete on accounts_auditentry
    for each row execute function accounts_audit_keep();
create trigger accounts_auditentry_no_truncate before truncate on accounts_auditentry
    for each statement execute function accounts_audit_keep();

-- Whether a text names one of these addresses, as a word of its own: jim+bob@… is not bob@….
create function accounts_names_any(said text, addresses text[]) returns boolean language sql immutable as $$
    select exists (
        select from unnest(addresses) as one where lower(said) ~ (
            '(^|[^[:alnum:]._%+-])' || regexp_replace(one, '([^[:alnum:]@])', '\\\1', 'g') || '($|[^[:alnum:]-])'
        )
    )
$$;

-- Of what a person did, where from; of what was done to them, whom. Addresses that are proved are theirs wherever they
-- stand. One that they only claimed may be a stranger's, whose traces nobody may wipe: it is theirs where they acted.
create function accounts_audit_forget_person(person uuid, proved text[], claimed text[]) returns void
language plpgsql as $$
begin
    perform set_config('app.forgetting', 'on', true);
    update accounts_auditentry set address = null, request_id = '' where actor_id = person;
    update accounts_auditentry set target = 'a deleted account', detail = '{}'
        where (actor_id = person and workspace_id is null)
            or accounts_names_any(target || ' ' || detail::text, proved)
            or (
                accounts_names_any(target || ' ' || detail::text, claimed)
                and workspace_id in (select workspace_id from accounts_auditentry where actor_id = person)
            );
    perform set_config('app.forgetting', 'off', true);
end $$;

create function accounts_audit_forget_workspace(workspace uuid) returns void language plpgsql as $$
begin
    perform set_config('app.forgetting', 'on', true);
    update accounts_auditentry set address = null, request_id = '', target = 'a deleted account', detail = '{}'
        where workspace_id = workspace and (target <> 'a deleted account' or address is not null);
    perform set_config('app.forgetting', 'off', true);
end $$;
"""

BACKWARD = """
drop function accounts_audit_forget_person, accounts_audit_forget_workspace, accounts_names_any;
drop trigger accounts_auditentry_no_truncate on accounts_auditentry;
drop trigger accounts_auditentry_append_only on accounts_auditentry;
drop function accounts_audit_keep;
"""


class Migration(migrations.Migration):

    dependencies = [
        ('accounts', '0005_keys'),
        ('auth', '0012_alter_user_first_name_max_length'),
    ]

    operations = [
        migrations.CreateModel(
            name='Export',
            fields=[
                ('id', models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ('status', models.CharField(choices=[('queued', 'Queued'), ('running', 'Running'), ('ready', 'Ready'), ('failed', 'Failed'), ('expired', 'Expired')], default='queued', max_length=10)),
                ('attempt', models.PositiveIntegerField(default=0)),
                ('lease_until', models.DateTimeField(null=True)),
                ('done', models.PositiveIntegerField(default=0, help_text='rows and files written so far')),
                ('total', models.PositiveIntegerField(default=0)),
                ('byte_size', models.BigIntegerField(default=0)),
                ('created_at', models.DateTimeField(default=django.utils.timezone.now, editable=False)),
                ('finished_at', models.DateTimeField(null=True)),
                ('expires_at', models.DateTimeField(null=True)),
            ],
        ),
        migrations.AddField(
            model_name='user',
            name='deleted_at',
            field=models.DateTimeField(blank=True, editable=False, null=True),
        ),
        migrations.AddField(
            model_name='user',
            name='deletion_due_at',
            field=models.DateTimeField(blank=True, editable=False, null=True),
        ),
        migrations.AddField(
            model_name='user',
            name='erasing_until',
            field=models.DateTimeField(blank=True, editable=False, help_text='lease of whoever erases it', null=True),
        ),
        migrations.AddField(
            model_name='workspace',
            name='deleted_at',
            field=models.DateTimeField(blank=True, editable=False, null=True),
        ),
        migrations.AddField(
            model_name='workspace',
            name='deletion_due_at',
            field=models.DateTimeField(blank=True, editable=False, null=True),
        ),
        migrations.AddField(
            model_name='workspace',
            name='deletion_told',
            field=models.BigIntegerField(editable=False, help_text='while members are told that it is, or is not, deleted: the last one told', null=True),
        ),
        migrations.AddField(
            model_name='workspace',
            name='erasing_until',
            field=models.DateTimeField(blank=True, editable=False, help_text='lease of whoever erases it', null=True),
        ),
        migrations.AddIndex(
            model_name='auditentry',
            index=models.Index(django.db.models.fields.json.KT('detail__about'), condition=models.Q(('workspace', None)), name='audit_of_person'),
        ),
        migrations.AddIndex(
            model_name='user',
            index=models.Index(condition=models.Q(('deleted_at__isnull', True), ('deletion_due_at__isnull', False)), fields=['deletion_due_at'], name='user_to_be_erased'),
        ),
        migrations.AddIndex(
            model_name='workspace',
            index=models.Index(condition=models.Q(('deleted_at__isnull', True), ('deletion_due_at__isnull', False)), fields=['deletion_due_at'], name='workspace_to_be_erased'),
        ),
        migrations.AddField(
            model_name='export',
            name='person',
            field=models.ForeignKey(help_text='who asked, and alone may fetch it', on_delete=django.db.models.deletion.CASCADE, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='export',
            name='workspace',
            field=models.ForeignKey(null=True, on_delete=django.db.models.deletion.CASCADE, related_name='+', to='accounts.workspace'),
        ),
        migrations.AddIndex(
            model_name='export',
            index=models.Index(condition=models.Q(('status__in', ['queued', 'running'])), fields=['created_at'], name='export_open'),
        ),
        migrations.AddIndex(
            model_name='export',
            index=models.Index(condition=models.Q(('status', 'ready')), fields=['expires_at'], name='export_ready'),
        ),
        migrations.AddConstraint(
            model_name='export',
            constraint=models.UniqueConstraint(condition=models.Q(('status__in', ['queued', 'running']), ('workspace', None)), fields=('person',), name='export_one_of_a_person'),
        ),
        migrations.AddConstraint(
            model_name='export',
            constraint=models.UniqueConstraint(condition=models.Q(('status__in', ['queued', 'running'])), fields=('workspace', 'person'), name='export_one_of_a_workspace'),
        ),
        migrations.RunSQL(FORWARD, BACKWARD),
    ]
