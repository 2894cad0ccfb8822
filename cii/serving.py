"""`make run`: the web server and the worker side by side, started and ended together."""

import os
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Mapping
from contextlib import closing

import click

from cii.settings import ROOT, Settings, SettingsError


def check_port(settings: Settings) -> None:
    """SettingsError when the port is taken or not allowed."""
    with closing(socket.socket(socket.AF_INET, socket.SOCK_STREAM)) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((settings.host, settings.port))
        except PermissionError:
            raise SettingsError(
                f"port {settings.port} needs more rights: choose another with PORT=8123"
            ) from None
        except OSError:
            raise SettingsError(
                f"port {settings.port} is in use: choose another with PORT=8123"
            ) from None


def serve(settings: Settings, environment: Mapping[str, str]) -> int:
    """Run both processes until one ends or somebody stops them; the exit code."""
    web = [
        sys.executable,
        "-m",
        "granian",
        "--interface",
        "wsgi",
        "--host",
        settings.host,
        "--port",
        str(settings.port),
        "--workers",
        str(settings.workers),
        "--blocking-threads",
        "4",
        "--no-ws",
        "--log-level",
        "warning",
        "--respawn-failed-workers",
        "--workers-kill-timeout",
        "5",
        "wsgi:app",
    ]
    worker = [sys.executable, "-m", "cii.cli", "worker"]
    # Each in a group of its own: Ctrl-C reaches this process, which ends both in order.
    processes = [
        subprocess.Popen(command, cwd=ROOT, env=dict(environment), start_new_session=True)  # noqa: S603 - our own commands
        for command in (web, worker)
    ]
    stopped = False

    def stop(*_: object) -> None:
        nonlocal stopped
        stopped = True

    signal.signal(signal.SIGTERM, stop)
    signal.signal(signal.SIGINT, stop)
    try:
        if _wait_until_up(settings, processes, lambda: stopped):
            click.echo(f"\n  CII: http://{settings.host}:{settings.port}\n  Ctrl-C ends it.\n")
            sys.stdout.flush()
        while not stopped and all(process.poll() is None for process in processes):
            time.sleep(0.2)
    finally:
        _end(processes)
    if stopped:
        return 0
    click.echo("cii: the web server or the worker ended by itself; see the lines above", err=True)
    return 1


def _wait_until_up(
    settings: Settings, processes: list["subprocess.Popen[bytes]"], stopped: object
) -> bool:
    for _ in range(150):
        if any(process.poll() is not None for process in processes) or stopped():  # type: ignore[operator]
            return False
        try:
            with urllib.request.urlopen(f"http://{settings.host}:{settings.port}/up", timeout=1):
                return True
        except OSError:
            time.sleep(0.1)
    return False


def _end(processes: list["subprocess.Popen[bytes]"]) -> None:
    for process in processes:
        if process.poll() is None:
            os.kill(process.pid, signal.SIGTERM)
    for process in processes:
        try:
            process.wait(timeout=10)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()
