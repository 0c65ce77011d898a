"""`manage.py up`: the whole of Aurora, started and ended as one."""

import http.client
import json
import os
import signal
import socket
import sys
import time
from types import FrameType
from typing import Any, NoReturn

from django.conf import settings
from django.core.management import CommandError, call_command
from django.core.management.base import BaseCommand
from django.db import OperationalError, connections

from aurora_site import env, fake_stripe, static
from aurora_site.servers import ServerError, Servers
from aurora_site.supervisor import Program, Supervisor

# Without the timeout an open event stream would keep the process alive for ever.
WEB = ["-m", "uvicorn", "aurora_site.asgi:application", "--timeout-graceful-shutdown", "5", "--lifespan", "off",
       "--no-proxy-headers", "--no-access-log", "--no-server-header"]  # fmt: skip
CELERY = ["-m", "celery", "-A", "aurora_site.celery", "worker", "--loglevel", "INFO",
          "--without-gossip", "--without-mingle"]  # fmt: skip
HINT_EVERY, ASK_EVERY = 20.0, 0.5


class Stopped(BaseException):
    """SIGTERM or Ctrl-C. Raised wherever we are, so that even a long migration ends."""


class Command(BaseCommand):
    help = "Start everything (servers, web, model worker, beat, …) and keep it running until SIGTERM or Ctrl-C."

    def handle(self, *args: Any, **options: Any) -> None:
        self.host = env.text("HOST", "127.0.0.1")
        self.port = env.number("PORT", 8000, low=1, high=65535)
        servers = Servers(settings.AURORA_VAR, postgres=settings.EMBEDDED_DATABASE, valkey=settings.EMBEDDED_REDIS)
        supervisor = Supervisor(say=self._say, record=settings.AURORA_VAR / "processes.json")
        for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
            signal.signal(number, _raise_stopped)
        try:
            self._run(servers, supervisor)
        except Stopped:
            self._say("Stopping.")
        except ServerError as error:
            raise CommandError(str(error)) from error
        finally:
            for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
                signal.signal(number, signal.SIG_IGN)
            supervisor.stop()
            servers.stop()

    def _run(self, servers: Servers, supervisor: Supervisor) -> NoReturn:
        _check_port(self.host, self.port)
        servers.start()
        for name, server in servers.running.items():
            supervisor.adopt(name, server)
        self._say(f"Starting; logs are in {servers.logs}.")
        _migrate()
        for name, argv, extra in self._programs():
            if name == "web":
                # The worker needs no static files and loads its model meanwhile.
                static.collect()
            log, environment = servers.logs / f"{name}.log", {**os.environ, **extra}
            program = Program([sys.executable, *argv], log, environment, settings.BASE_DIR)
            supervisor.start(name, program)
        self._watch(supervisor)

    def _programs(self) -> list[tuple[str, list[str], dict[str, str]]]:
        web = [*WEB, "--host", self.host, "--port", str(self.port)]
        # Its tasks only wake the threads that draw.
        worker = [*CELERY, "--pool", "solo", "--queues", "gpu", "--hostname", "model@%h"]
        # Two exports and an erasure may take long, and the rest must not wait for them.
        beat = [*CELERY, "--pool", "threads", "--concurrency", "6", "--queues", "default", "--hostname", "beat@%h"]
        stripe = self._fake_stripe()
        known = stripe.environment if stripe else {}
        programs = [
            ("beat", beat, known | {"AURORA_RUNS_BEAT": "1"}),
            ("worker", worker, known | {"AURORA_HOSTS_MODEL": "1"}),
            ("web", web, known),
        ]
        if stripe:
            programs.insert(0, ("stripe", stripe.argv(settings.AURORA_VAR / "stripe.json"), known))
        return programs

    def _fake_stripe(self) -> fake_stripe.FakeStripe | None:
        """None where a Stripe is given, by its key or its address."""
        if settings.STRIPE_SECRET_KEY or settings.STRIPE_API_BASE or not fake_stripe.is_here():
            return None
        port = fake_stripe.choose_port(self.host, self.port)
        base = env.text("BASE_URL") or f"http://{self._visible_host()}:{self.port}"
        self._say(f"No STRIPE_SECRET_KEY: payments are in test mode, no money moves (port {port}).")
        return fake_stripe.FakeStripe(self.host, self._visible_host(), port, self.port, base, settings.SECRET_KEY)

    def _watch(self, supervisor: Supervisor) -> NoReturn:
        ready, hint_due, ask_due = False, time.monotonic() + HINT_EVERY, 0.0
        while True:
            supervisor.tend()
            if not ready and time.monotonic() > ask_due:
                ask_due = time.monotonic() + ASK_EVERY
                missing = self._missing()
                ready = not missing
                if ready:
                    self._say(f"Aurora is ready at http://{self._visible_host()}:{self.port}")
                elif time.monotonic() > hint_due:
                    self._say("Still waiting. " + " ".join(missing))
                    hint_due += HINT_EVERY
            time.sleep(0.2)

    def _missing(self) -> list[str]:
        """What /readyz says is not there yet; empty when all is."""
        connection = http.client.HTTPConnection(self._visible_host(), self.port, timeout=5)
        try:
            connection.request("GET", "/readyz", headers={"Host": "localhost"})
            parts = json.loads(connection.getresponse().read())["parts"]
        except (OSError, ValueError, http.client.HTTPException):
            return ["The web process does not answer yet: see logs/web.log."]
        finally:
            connection.close()
        return [part["hint"] for part in parts.values() if not part["ok"]]

    def _visible_host(self) -> str:
        """An address that can be opened: 0.0.0.0 only says where to listen."""
        return {"0.0.0.0": "127.0.0.1", "::": "[::1]"}.get(self.host, self.host)  # noqa: S104

    def _say(self, line: str) -> None:
        self.stdout.write(line)
        self.stdout.flush()


def _raise_stopped(number: int, frame: FrameType | None) -> NoReturn:
    raise Stopped


def _check_port(host: str, port: int) -> None:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            raise ServerError(
                f"Port {port} of {host} cannot be used ({error.strerror}): stop the program that holds it, "
                f"or choose another one, as in PORT={port % 65535 + 1} make run."
            ) from error


def _migrate() -> None:
    try:
        call_command("migrate", interactive=False, verbosity=0)
    except OperationalError as error:
        raise ServerError(f"The database cannot be used, check DATABASE_URL: {str(error).splitlines()[0]}") from error
    connections.close_all()
