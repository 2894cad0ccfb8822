"""Measures the list and the case page beside the raw limit: `make bench`, or `python -m bench --cases 1000`.

Both answer the same requests with the same bytes, in one process, turn by turn (what the limit is, says
limit.py). Only the ratio means anything.
"""

import argparse
import statistics
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from io import BytesIO
from typing import Any

from flask import Flask

from bench import mail
from bench.canton import MOMENT, VISITORS, ensure
from bench.limit import Limit
from cii.app import create_app
from cii.foundation.clock import living_at
from cii.settings import ROOT, read_settings

FOLDER = ROOT / "var" / "bench"
SIZES = (1_000, 100_000)
ROUNDS = 300


@dataclass
class Measured:
    """The times of one page of one visitor, in microseconds of CPU, and how many SELECTs it takes.

    Of CPU, since a machine is rarely alone: all that is measured happens in one thread.
    """

    name: str
    product: list[float]
    limit: list[float]
    selects: int
    size: int

    @property
    def ratio(self) -> float:
        """The product's median over the limit's."""
        return statistics.median(self.product) / statistics.median(self.limit)


def request(app: Flask, path: str, token: str) -> tuple[int, bytes]:
    """One request, straight into the application."""
    answered: list[str] = []
    environ: dict[str, Any] = {
        "REQUEST_METHOD": "GET",
        "PATH_INFO": path,
        "QUERY_STRING": "",
        "SERVER_NAME": "127.0.0.1",
        "SERVER_PORT": "80",
        "HTTP_HOST": "127.0.0.1",
        "HTTP_COOKIE": f"cii-session={token}",
        "SERVER_PROTOCOL": "HTTP/1.1",
        "wsgi.version": (1, 0),
        "wsgi.url_scheme": "http",
        "wsgi.input": BytesIO(),
        "wsgi.errors": sys.stderr,
        "wsgi.multithread": False,
        "wsgi.multiprocess": False,
        "wsgi.run_once": False,
    }
    body = b"".join(app.wsgi_app(environ, lambda status, headers, _=None: answered.append(status)))
    return int(answered[0][:3]), body


def statements(app: Flask, path: str, token: str) -> list[str]:
    """The SELECT statements behind a page, as the driver runs them, values included."""
    heard: list[str] = []
    connections = [app.extensions["store"].engine.raw_connection() for _ in range(2)]
    for connection in connections:
        connection.driver_connection.set_trace_callback(heard.append)
    for connection in connections:
        connection.close()
    request(app, path, token)
    for connection in [app.extensions["store"].engine.raw_connection() for _ in range(2)]:
        connection.driver_connection.set_trace_callback(None)
        connection.close()
    return [each for each in heard if each.lstrip("( ").upper().startswith("SELECT")]


def measure(cases: int, rounds: int) -> Iterator[Measured]:
    """Every page of every visitor at one size."""
    address = ensure(cases, FOLDER)
    database = address.removeprefix("sqlite:///")
    settings = read_settings(
        {}, var=FOLDER, database_url=address, secret="the bench signs with this and nothing else"
    )
    with living_at(MOMENT):
        app = create_app(settings)
        for visitor in VISITORS:
            for name, path in _pages(database, app, visitor.token):
                selects = statements(app, path, visitor.token)
                status, body = request(app, path, visitor.token)
                if status != 200:
                    raise SystemExit(f"{visitor.key} {path} answers {status}")
                limit = Limit(database, path, selects, body).app
                if request(limit, path, visitor.token) != (200, body):
                    raise SystemExit(
                        f"{visitor.key} {path}: the limit does not answer the same bytes"
                    )
                times = _in_turn(
                    lambda path=path, token=visitor.token: request(app, path, token),  # type: ignore[misc]
                    lambda path=path, token=visitor.token, limit=limit: request(limit, path, token),  # type: ignore[misc]
                    rounds,
                )
                yield Measured(f"{name} {visitor.key}", *times, len(selects), len(body))
        app.extensions["store"].close()


def _pages(database: str, app: Flask, token: str) -> Iterator[tuple[str, str]]:
    yield "list", "/cases"
    _, body = request(app, "/cases", token)
    first = body.decode().split('<th scope="row"><a class="govuk-link" href="', 1)
    if len(first) == 2:
        yield "case", first[1].split('"', 1)[0]


def _in_turn(
    product: Callable[[], Any], limit: Callable[[], Any], rounds: int
) -> tuple[list[float], list[float]]:
    for _ in range(20):
        product()
        limit()
    found: tuple[list[float], list[float]] = ([], [])
    for _ in range(rounds):
        for times, call in zip(found, (product, limit), strict=True):
            began = time.thread_time()
            call()
            times.append((time.thread_time() - began) * 1e6)
    return found


def main() -> None:
    """Print one line for each page, visitor and size, then how a page grows with the number of cases."""
    options = argparse.ArgumentParser(prog="make bench", description=__doc__.splitlines()[0])
    options.add_argument("--cases", type=int, nargs="*", default=SIZES, help="sizes to measure")
    options.add_argument("--rounds", type=int, default=ROUNDS, help="requests of each kind")
    options.add_argument("--mails", type=int, default=10_000, help="mails to send; 0: none")
    chosen = options.parse_args()
    medians: dict[str, dict[int, tuple[float, float]]] = {}
    print(
        f"{'cases':>8}  {'page':<14} {'SELECTs':>7} {'KB':>4} {'product µs':>10} {'p99':>6} {'limit µs':>8} {'ratio':>6}"
    )
    for cases in chosen.cases:
        for each in measure(cases, chosen.rounds):
            middle, bare = statistics.median(each.product), statistics.median(each.limit)
            medians.setdefault(each.name, {})[cases] = middle, bare
            worst = sorted(each.product)[int(len(each.product) * 0.99)]
            print(
                f"{cases:>8}  {each.name:<14} {each.selects:>7} {each.size // 1024:>4} {middle:>10.0f}"
                f" {worst:>6.0f} {bare:>8.0f} {each.ratio:>6.2f}",
                flush=True,
            )
    small, large = min(chosen.cases), max(chosen.cases)
    if small != large:
        print(f"\ngrowth of the median from {small} to {large} cases (of the limit)")
        for name, found in medians.items():
            if {small, large} <= set(found):
                grown = [
                    after / before for before, after in zip(found[small], found[large], strict=True)
                ]
                print(f"  {name:<14} {grown[0]:.2f} ({grown[1]:.2f})")
    if chosen.mails:
        mail.show(chosen.mails)


if __name__ == "__main__":
    main()
