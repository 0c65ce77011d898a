-- 100,000 people and workspaces, 1,000,000 generations with pictures, and 3,000,000 ledger rows that add up:
-- for the staff panel's figures. Run by a superuser of the database; no trigger fires, so that it takes minutes.
set session_replication_role = replica;
set timezone = 'UTC';

insert into accounts_user (password, is_superuser, id, email, display_name, locale, time_zone, theme, avatar, is_staff,
                           staff_role, is_active, date_joined)
select '!', false, md5('u' || i)::uuid, 'person' || i || '@many.example',
       (array['Ada', 'Berta', 'Carl', 'Dora', 'Emil'])[i % 5 + 1] || ' Person' || i, 'en', '', '', '', false, '', true,
       now() - (i || ' seconds')::interval * 300
from generate_series(1, :users) i;

insert into accounts_workspace (id, name, slug, is_personal, created_at, logo_key, default_mode, default_size,
                                shares_pictures, join_domain)
select md5('w' || i)::uuid, 'Studio Number' || i, 'studio-' || i, true, now() - (i || ' seconds')::interval * 300, '', '', '',
       true, ''
from generate_series(1, :users) i;

insert into accounts_membership (workspace_id, user_id, role, modes, created_at)
select md5('w' || i)::uuid, md5('u' || i)::uuid, 'owner', '{}', now() from generate_series(1, :users) i;

insert into account_emailaddress (user_id, email, verified, "primary")
select md5('u' || i)::uuid, 'person' || i || '@many.example', true, true from generate_series(1, :users) i;

insert into accounts_apikey (id, workspace_id, name, key_id, secret_hash, previous_hash, scopes, created_by_id, created_at)
select md5('k' || i)::uuid, md5('w' || i)::uuid, 'Key', 'k' || lpad(i::text, 7, '0'), '', '', '{}', md5('u' || i)::uuid, now()
from generate_series(1, :users / 10) i;

insert into accounts_auditentry (workspace_id, actor_id, action, target, detail, request_id, created_at)
select md5('w' || i % :users)::uuid, md5('u' || i % :users)::uuid, 'member.added', 'person', '{}', 'audit-' || i,
       now() - (i || ' seconds')::interval * 15
from generate_series(1, :generations / 2) i;

-- Over sixty days, the newest first; the last thousand still wait, a few are drawn.
insert into generation_generation (id, workspace_id, requested_by_id, source, is_shared, is_data_shared, change,
    request_hash, end_user, mode, prompt, width, height, n, seed, included, is_free, price_micros, status, turn, turn_end,
    lanes, attempt, handed_back, worker, model, lease_until, error_code, error_message, created_at, started_at,
    first_preview_at, finished_at)
select md5('g' || i)::uuid, md5('w' || i % :users)::uuid, md5('u' || i % :users)::uuid,
       case when i % 3 = 0 then 'api' else 'page' end, i % 7 > 0, false, '', '', '',
       (array['speed', 'speed', 'quality', 'pro'])[i % 4 + 1], 'a red apple on the left', 512, 512, 1, i, 0, false, 70000,
       s.status, i, i + 1, 2, case when s.status = 'queued' then 0 else 1 end, 0,
       case when s.status = 'running' then 'worker-' || i % 4 else '' end, 'aurora',
       case when s.status = 'running' then now() + interval '1 hour' end,
       case when s.status = 'failed' then 'worker_lost' else '' end, '', s.at,
       case when s.status <> 'queued' then s.at + interval '1 second' end,
       case when s.status = 'succeeded' then s.at + interval '2 seconds' end,
       case when s.status not in ('queued', 'running') then s.at + (2 + i % 30 || ' seconds')::interval end
from (select i, now() - (i::float * 60 * 86400 / :generations || ' seconds')::interval as at,
             case when i <= 1000 then 'queued' when i <= 1040 then 'running' when i % 20 = 1 then 'failed'
                  when i % 50 = 3 then 'canceled' when i % 1000 = 5 then 'blocked' else 'succeeded' end as status
      from generate_series(1, :generations) i) s;

insert into generation_picture (id, workspace_id, generation_id, index, seed, width, height, storage_key, byte_size, sha256,
                                seconds, positions, created_at, tags)
select md5('p' || seed)::uuid, workspace_id, id, 0, seed, 512, 512, 'ws/none', 200000, md5(id::text) || md5('x'), 1.5, 256,
       finished_at, '{}'
from generation_generation where status = 'succeeded';
insert into generation_storageuse (workspace_id, bytes)
select workspace_id, sum(byte_size) from generation_picture group by workspace_id on conflict do nothing;

insert into generation_apicall (id, workspace_id, generation_id, request_id, idempotency_key, method, path, status, outcome,
                                error_code, error, milliseconds, created_at)
select md5('c' || seed)::uuid, workspace_id, id, 'request-' || seed, '', 'POST', '/v1/images/generations', 200,
       case when seed % 200 = 0 then 'server' else 'ok' end, '', '{}', 900, created_at
from generation_generation where source = 'api' and created_at > now() - interval '30 days';

-- Each generation of the first third: a dollar bought, seven cents reserved, and captured.
insert into billing_account (workspace_id, kind, source, balance, created_at, proved_posting, proved_sum)
select md5('w' || i)::uuid, kind, '', 0, now(), 0, 0
from generate_series(1, :users) i, unnest(array['wallet', 'held', 'promo', 'cash', 'revenue', 'losses']) kind;

create temporary table moved as
select i, (array['purchase', 'reserve', 'capture'])[i % 3 + 1] as kind, md5('g' || i / 3 + 1)::uuid as hold,
       md5('w' || (i / 3 + 1) % :users)::uuid as workspace_id, md5('t' || i)::uuid as id,
       now() - (i::float * 60 * 86400 / :generations || ' seconds')::interval as at,
       (array[1000000, 70000, 70000])[i % 3 + 1] as micros,
       (array['cash', 'wallet', 'held'])[i % 3 + 1] as from_kind, (array['wallet', 'held', 'revenue'])[i % 3 + 1] as to_kind
from generate_series(0, :generations - 1) i;

insert into billing_transaction (id, workspace_id, key, kind, hold, reason, reference, credit_micros, created_at)
select id, workspace_id, kind || ':many:' || i, kind, case when kind = 'purchase' then '' else hold::text end, '', '',
       case kind when 'purchase' then micros when 'capture' then -micros else 0 end, at
from moved;

insert into billing_posting (transaction_id, account_id, amount)
select moved.id, account.id, side.sign * moved.micros
from moved
cross join lateral (values (moved.from_kind, -1), (moved.to_kind, 1)) as side (kind, sign)
join billing_account account on account.workspace_id = moved.workspace_id and account.kind = side.kind;

update billing_account account set balance = sums.total
from (select account_id, sum(amount) as total from billing_posting group by account_id) sums
where sums.account_id = account.id;

insert into billing_customer (workspace_id, stripe_id, created_at)
select md5('w' || i)::uuid, 'cus_many' || i, now() from generate_series(1, :users / 20) i;
insert into billing_subscription (workspace_id, stripe_id, plan, interval, seats, status, period_start, period_end, ended_at,
                                  created_at, read_at)
select md5('w' || i)::uuid, 'sub_many' || i, (array['super', 'team'])[i % 2 + 1], 'month', 1 + i % 3,
       case when i % 10 = 0 then 'canceled' else 'active' end, now() - interval '9 days', now() + interval '21 days',
       case when i % 10 = 0 then now() - (i % 60 || ' days')::interval end, now() - interval '90 days', now()
from generate_series(1, :users / 20) i;

analyze;
