"""A workspace with very many pictures, and how long the gallery's queries take in it.

    python -m tests.load.pictures [how many]

makes them where AURORA_VAR or DATABASE_URL leads, once, and measures. The rows are made by the database; there are no
files behind them.
"""

import os
import statistics
import sys
import time
from collections.abc import Callable
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import Any

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "aurora_site.settings")
SLUG = "a-million"
ADDRESS = "million@example.org"
RUNS = 25
# Words with ranks: the first are in every other prompt, the last in one of many thousands.
GENERATIONS = """
insert into generation_generation (
    id, workspace_id, requested_by_id, source, is_shared, is_data_shared, change, request_hash, end_user, mode, prompt,
    width, height, n, seed, included, is_free, price_micros, status, turn, turn_end, lanes, attempt, handed_back,
    worker, model, error_code, error_message, created_at, started_at, finished_at
)
select gen_random_uuid(), %(workspace)s, case when i %% 3 = 0 then %(other)s else %(person)s end::uuid, 'page',
    i %% 20 <> 0, false, case when i %% 50 = 0 then 'edit' when i %% 5000 = 1 then 'strong' else '' end, '', '',
    case when i %% 10000 = 7 then 'pro' when i %% 3 = 0 then 'quality' else 'speed' end,
    'a ' || (array['red', 'blue', 'green', 'yellow', 'white'])[1 + i %% 5] || ' '
        || (array['apple', 'house', 'boat', 'fish', 'tree', 'star', 'flower'])[1 + i %% 7] || ' beside '
        || (array['푸른 하늘', '빨간 사과가', '조용한 바다를', 'the old harbour'])[1 + i %% 4]
        || ' number' || (i %% 20000) || case when i %% 100003 = 5 then ' zeppelin 비행선이' else '' end,
    case when i %% 1000 = 3 then 1280 else 512 end, case when i %% 1000 = 3 then 640 else 512 end,
    %(each)s, i, 0, false, 0, 'succeeded', i, i + 1, 1, 1, 0, '',
    case when i %% 30000 = 9 then 'older' else 'aurora-1' end, '', '', now() - i * interval '40 seconds', now(), now()
from generate_series(1, %(many)s) i
"""
PICTURES = """
insert into generation_picture (
    id, workspace_id, generation_id, index, seed, width, height, storage_key, byte_size, sha256, seconds, positions,
    created_at, tags
)
select gen_random_uuid(), g.workspace_id, g.id, k, g.seed * 10 + k, g.width, g.height, 'ws/none', 1,
    md5(g.id::text || k) || md5(k || g.id::text), 1, 64, g.created_at + interval '5 seconds',
    case when g.seed %% 2000 = 11 then array['chosen'] else '{}' end
from generation_generation g, generate_series(0, %(each)s - 1) k where g.workspace_id = %(workspace)s
"""
MARKS = """
insert into generation_mark (workspace_id, picture_id, person_id, rating, is_favourite, updated_at)
select workspace_id, id, %(person)s, 1 + seed %% 5, seed %% 3 = 0, now()
from generation_picture where workspace_id = %(workspace)s and seed %% 97 = 0
"""


def fill(many: int, *, each: int = 4) -> None:
    """Make so many pictures in the workspace `SLUG`, if it is not there yet."""
    from django.db import connection
    from django_scopes import scopes_disabled

    from accounts.models import Workspace
    from accounts.services import users, workspaces

    if Workspace.objects.filter(slug=SLUG).exists():
        return
    with scopes_disabled():
        person = users.create_user(email=ADDRESS, password="correct horse battery", display_name="Million")
        other = users.create_user(email=f"other-{ADDRESS}", password="correct horse battery", display_name="Other")
        made = workspaces.create_workspace(name="A million", owner=person)
        Workspace.objects.filter(pk=made.pk).update(slug=SLUG)
        values: dict[str, Any] = {"workspace": made.pk, "person": person.pk, "other": other.pk}
        values |= {"many": many // each, "each": each}
        with connection.cursor() as cursor:
            for statement in (GENERATIONS, PICTURES, MARKS):
                begin = time.monotonic()
                cursor.execute(statement, values)
                print(f"{cursor.rowcount:,} rows in {time.monotonic() - begin:.0f} s", flush=True)
            cursor.execute("vacuum analyze")


def measure() -> None:
    """Print for each question how long the database is busy with all its queries, and what a client waits for them."""
    from django.utils import timezone
    from django_scopes import scope

    from accounts.models import User, Workspace
    from generation.services import library
    from generation.services.search import Wish

    workspace, reader = Workspace.objects.get(slug=SLUG), User.objects.get(email=ADDRESS)
    other = User.objects.get(email=f"other-{ADDRESS}")
    now = timezone.now()
    wishes = {
        "first page": Wish(),
        "common word (apple)": Wish(text="apple"),
        "two common words": Wish(text="red apples"),
        "words that are never together": Wish(text="apple number4"),
        "rare word (zeppelin)": Wish(text="zeppelin"),
        "rare beginning (zepp)": Wish(text="zepp"),
        "one letter (a)": Wish(text="a"),
        "no such word": Wish(text="xylophone"),
        "Korean, common (사과)": Wish(text="사과"),
        "Korean, rare (비행선)": Wish(text="비행선"),
        "date jump, 90 days back": Wish(until=now - timedelta(days=90)),
        "range of a week": Wish(since=now - timedelta(days=67), until=now - timedelta(days=60)),
        "mode, common": Wish(mode="speed"),
        "mode, rare": Wish(mode="pro"),
        "size, rare": Wish(size="1280x640"),
        "model, rare": Wish(model="older"),
        "seed": Wish(seed=123_450),
        "person": Wish(maker=other.pk),
        "rating, 4 and more": Wish(rating=4),
        "favourites": Wish(favourite=True),
        "has a reference": Wish(change="any"),
        "change, common (edit)": Wish(change="edit"),
        "change, rare (strong)": Wish(change="strong"),
        "tag": Wish(tag="chosen"),
        "all at once": Wish(text="red", mode="speed", maker=reader.pk, rating=2, until=now - timedelta(days=10)),
    }
    with scope(workspace=workspace):
        for name, wish in wishes.items():
            _say(name, partial(_page, workspace, reader, wish))
        counted = library.days(workspace=workspace, reader=reader)
        _say("days alone", lambda: library.days(workspace=workspace, reader=reader))
        _say("tags to choose from", lambda: library.tags(workspace=workspace, reader=reader, counted=counted))


def _page(workspace: Any, reader: Any, wish: Any) -> list[Any]:
    """As the page asks: the days, and forty requests with one more."""
    from generation.services import library

    counted = library.days(workspace=workspace, reader=reader)
    return library.stacks(workspace=workspace, reader=reader, wish=wish, counted=counted, limit=41)


def _say(name: str, ask: Callable[[], Any]) -> None:
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    took, asked, found, begun = [], 0, 0, _busy()
    for _ in range(RUNS):
        with CaptureQueriesContext(connection) as queries:
            found = len(ask())
        took.append(sum(float(query["time"]) for query in queries.captured_queries) * 1000)
        asked = len(queries)
    times = (
        f"{(_busy() - begun) / RUNS:6.1f} ms busy {min(took):7.1f} ms least {statistics.median(took):7.1f} ms middle"
    )
    print(f"{name:32} {found:5} found {asked:2} queries {times}", flush=True)


def _busy() -> float:
    """Milliseconds for which the server's process of this connection has computed: others' load does not count."""
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute("select pg_backend_pid()")
        (pid,) = cursor.fetchone()
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(") ")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK") * 1000


if __name__ == "__main__":
    django.setup()
    fill(int(sys.argv[1]) if len(sys.argv) > 1 else 1_000_000)
    measure()
