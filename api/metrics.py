"""GET /metrics: what this process counts, in Prometheus' text format. Numbers and fixed words; no name, no note text.

The engine counts into plain numbers (sync/figures.py); here they are put into families when somebody asks, together
with what can be seen by looking. Who may ask: whoever brings CARNET_METRICS_TOKEN; without one, this machine alone, and
nobody on the other side of a proxy.
"""

from __future__ import annotations

import hmac
import itertools
from collections.abc import Iterable, Iterator
from ipaddress import ip_address

from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, HistogramMetricFamily, Metric
from prometheus_client.exposition import CONTENT_TYPE_PLAIN_0_0_4, generate_latest
from prometheus_client.registry import Collector
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from api import carnet
from api.carnet import Carnet
from api.errors import NotFound
from sync.figures import Histogram

FORWARDED = ("forwarded", "x-forwarded-for", "x-real-ip")
"""What a proxy adds: the request comes from further away than its connection does."""


class Figures(Collector):
    """One look at a running server."""

    def __init__(self, server: Carnet) -> None:
        self._server = server

    def collect(self) -> Iterator[Metric]:
        """Every family, freshly read."""
        yield from self._log()
        yield from self._rooms()
        yield from self._processes()
        yield from self._http()

    def _log(self) -> Iterator[Metric]:
        figures, rooms = self._server.rooms.figures, list(self._server.rooms.open_rooms)
        yield _histogram("ack_latency_seconds", "From an update's arrival to its acknowledgement.", figures.ack_seconds)
        yield _histogram("commit_seconds", "One transaction of the log.", figures.commit_seconds)
        yield _histogram("commit_batch_size", "Updates that went in one transaction.", figures.commit_updates)
        yield _counter("commits_retried", "Transactions of the log that were tried again.", figures.commits_retried)
        yield _counter("commits_lost", "Batches that the database did not take in time.", figures.commits_lost)
        oldest = max((room.dirty_seconds for room in rooms), default=0.0)
        yield _gauge("dirty_age_seconds", "How long the oldest uncommitted update has waited.", oldest)
        yield _gauge("held_updates", "Updates that wait for words they build on.", sum(room.held for room in rooms))
        yield _counters("repair", "Rows of others read from the log.", "reason", figures.repairs.items())

    def _rooms(self) -> Iterator[Metric]:
        figures, rooms = self._server.rooms.figures, list(self._server.rooms.open_rooms)
        yield _gauge("open_documents", "Documents in memory.", len(rooms))
        yield _gauge("open_sessions", "Sessions in them.", sum(len(room.sessions) for room in rooms))
        yield _gauge("open_sockets", "WebSockets.", self._server.rooms.admission.sockets)
        yield _gauge("handshakes_waiting", "Sockets whose turn to come in is not there yet.",
                     self._server.rooms.admission.waiting)  # fmt: skip
        yield _counter("slow_reader_catchups", "Sessions caught up from the log.", figures.slow_reader_catchups)
        yield _counters("refusals", "Documents and sockets ended by us.", "reason", figures.refusals.items())

    def _processes(self) -> Iterator[Metric]:
        server = self._server
        yield _counter("worker_deaths", "Worker processes ended by a document.", server.workers.deaths)
        yield _gauge("quarantined_documents", "Documents no worker touches any more.", server.workers.quarantined)
        yield _gauge("redis_lag_seconds", "How long Redis takes to answer; 0 without Redis.", server.lag_seconds())
        yield _counter("changes", "The newest number of the change feed.", server.feed.head)
        yield _gauge("draining", "1 once the process was asked to stop.", int(server.draining.is_set()))
        yield _counters("errors", "Lines of the log at error or worse.", "logger", server.errors.counts.items())

    def _http(self) -> Iterator[Metric]:
        family = HistogramMetricFamily(
            "carnet_http_seconds", "Requests, from their arrival to the end of the answer.", labels=_HTTP_LABELS
        )
        for labels, histogram in sorted(self._server.requests.seconds.items()):
            family.add_metric(labels, _buckets(histogram), histogram.sum)
        yield family


_HTTP_LABELS = ("method", "route", "status")


def _counter(name: str, help_text: str, value: float) -> Metric:
    return CounterMetricFamily(f"carnet_{name}", help_text, value)


def _counters(name: str, help_text: str, label: str, values: Iterable[tuple[str, int]]) -> Metric:
    family = CounterMetricFamily(f"carnet_{name}", help_text, labels=[label])
    for word, value in sorted(values):
        family.add_metric([word], value)
    return family


def _gauge(name: str, help_text: str, value: float) -> Metric:
    return GaugeMetricFamily(f"carnet_{name}", help_text, value)


def _histogram(name: str, help_text: str, histogram: Histogram) -> Metric:
    return HistogramMetricFamily(f"carnet_{name}", help_text, _buckets(histogram), histogram.sum)


def _buckets(histogram: Histogram) -> list[tuple[str, float]]:
    """Prometheus counts what lies under each bound, all smaller ones included."""
    bounds: Iterable[str] = [*map(str, histogram.bounds), "+Inf"]
    return list(zip(bounds, itertools.accumulate(histogram.counts), strict=True))


def may_read(request: Request, token: str) -> bool:
    """Whoever brings the token; where there is none, a process of this machine that no proxy speaks for."""
    if token:
        given = request.headers.get("authorization", "")
        return hmac.compare_digest(given.encode(), f"Bearer {token}".encode())
    forwarded = any(name in request.headers for name in FORWARDED)
    return not forwarded and request.client is not None and _is_loopback(request.client.host)


def _is_loopback(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False


async def show_metrics(request: Request) -> Response:
    """GET /metrics."""
    server = carnet.of(request)
    if not may_read(request, server.settings.metrics_token):
        raise NotFound
    return Response(generate_latest(Figures(server)), media_type=CONTENT_TYPE_PLAIN_0_0_4)


routes: list[BaseRoute] = [Route("/metrics", show_metrics)]
