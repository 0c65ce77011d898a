"""Keeps the processes of `manage.py up` alive: starts each, starts it again when it dies, ends all in order."""

import json
import signal
import subprocess
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

from aurora_site.servers import ServerError
from aurora_site.servers.process import end, last_line, spawn

FIRST_PAUSE, LONGEST_PAUSE = 0.5, 30.0
# A process that lived this long had started well: its next pause is the first again.
STEADY_SECONDS = 30.0
WEIGHTS_EXIT_CODE = 3
STOP_SECONDS = 9.5
LOG_LIMIT = 20 * 1024 * 1024


class Service(Protocol):
    """What can be watched: the embedded servers and the programs of the site alike."""

    log: Path
    process: subprocess.Popen[bytes] | None

    def start(self) -> None: ...

    def stop(self, *, seconds: float) -> None: ...


@dataclass
class Program:
    """One of the site's own processes."""

    argv: Sequence[str]
    log: Path
    env: Mapping[str, str]
    cwd: Path
    process: subprocess.Popen[bytes] | None = field(default=None, init=False)

    def start(self) -> None:
        # Killed outright when the supervisor dies: the database holds all their state.
        self.process = spawn(self.argv, log=self.log, death_signal=signal.SIGKILL, cwd=self.cwd, env=self.env)

    def stop(self, *, seconds: float) -> None:
        if self.process:
            end(self.process, signal.SIGTERM, seconds=seconds)


@dataclass
class Watch:
    service: Service
    started: float = 0.0
    pause: float = FIRST_PAUSE
    due: float | None = None


class Supervisor:
    """`say` gets one line for each thing that an operator wants to know."""

    def __init__(self, *, say: Callable[[str], None], record: Path) -> None:
        self.say = say
        self.record = record
        self.watches: dict[str, Watch] = {}

    def start(self, name: str, service: Service) -> None:
        service.start()
        self.adopt(name, service)

    def adopt(self, name: str, service: Service) -> None:
        """Watch a service that runs already."""
        self.watches[name] = Watch(service, started=time.monotonic())
        self._write_record()

    def tend(self) -> None:
        """One look at every process. Raises ServerError where starting again cannot help."""
        for name, watch in self.watches.items():
            if watch.due is None:
                self._notice_death(name, watch)
            elif time.monotonic() >= watch.due:
                self._start_again(name, watch)
            _shorten(watch.service.log)

    def stop(self) -> None:
        """End all within 10 s, the site first and the servers last."""
        deadline = time.monotonic() + STOP_SECONDS
        programs = [watch.service for watch in self.watches.values() if isinstance(watch.service, Program)]
        for program in reversed(programs):
            # All are asked before any is waited for: each takes its time beside the others.
            if program.process and program.process.poll() is None:
                program.process.terminate()
        for program in reversed(programs):
            program.stop(seconds=max(0.0, deadline - 4.0 - time.monotonic()))
        for watch in reversed(self.watches.values()):
            watch.service.stop(seconds=max(0.5, deadline - time.monotonic() - 1.0))
        if self.watches:
            # Of a start that was refused, the record is another supervisor's.
            self.record.unlink(missing_ok=True)

    def _notice_death(self, name: str, watch: Watch) -> None:
        code = watch.service.process.poll() if watch.service.process else 0
        if code is None:
            return
        reason = last_line(watch.service.log)
        if name == "worker" and code == WEIGHTS_EXIT_CODE:
            raise ServerError(reason)
        if time.monotonic() - watch.started > STEADY_SECONDS:
            watch.pause = FIRST_PAUSE
        self.say(f"{name} ended ({_how(code)}); starting it again in {watch.pause:g} s. Its last words: {reason}")
        watch.due = time.monotonic() + watch.pause
        watch.pause = min(watch.pause * 2, LONGEST_PAUSE)

    def _start_again(self, name: str, watch: Watch) -> None:
        try:
            watch.service.start()
        except ServerError as error:
            self.say(f"{name}: {error}")
            watch.due = time.monotonic() + watch.pause
            watch.pause = min(watch.pause * 2, LONGEST_PAUSE)
            return
        watch.started, watch.due = time.monotonic(), None
        self._write_record()

    def _write_record(self) -> None:
        """Which process is which, for operators and tests."""
        pids = {name: watch.service.process.pid for name, watch in self.watches.items() if watch.service.process}
        new = self.record.with_suffix(".new")
        new.write_text(json.dumps(pids))
        new.replace(self.record)


def _how(code: int) -> str:
    return f"exit code {code}" if code >= 0 else signal.Signals(-code).name


def _shorten(log: Path) -> None:
    """Keep one older part of a log that has grown long. The children append, so the file itself must stay."""
    if log.exists() and log.stat().st_size > LOG_LIMIT:
        log.with_suffix(".log.1").write_bytes(log.read_bytes())
        with log.open("r+b") as file:
            file.truncate(0)
