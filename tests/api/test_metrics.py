"""What /metrics says, and to whom."""

import re
from dataclasses import replace

import httpx
import pytest
from prometheus_client.parser import text_string_to_metric_families

from sync.figures import Histogram
from tests.support.server import ROOT
from tests.support.world import World

pytestmark = pytest.mark.asyncio(loop_scope="module")

METRICS = "http://localhost/metrics"
TOKEN = "a token for the metrics"


async def samples(world: World) -> dict[str, float]:
    """`name{label="value"}` → value."""
    async with world.client() as rest:
        answer = await rest.get(METRICS)
    assert answer.status_code == 200
    assert answer.headers["content-type"].startswith("text/plain; version=0.0.4")
    families = text_string_to_metric_families(answer.text)
    found = {}
    for sample in (sample for family in families for sample in family.samples):
        labels = ",".join(f'{name}="{value}"' for name, value in sorted(sample.labels.items()))
        found[f"{sample.name}{{{labels}}}" if labels else sample.name] = sample.value
    return found


async def test_what_is_committed_is_counted(world: World) -> None:
    before = await samples(world)
    contact = await world.new_contact()
    async with world.client("editor") as rest:
        written = await rest.patch(f"/notes/{contact['main_note_id']}", json={"body": "some words"})
        assert written.status_code == 200
    after = await samples(world)
    for name in (
        "ack_latency_seconds_count",
        "commit_batch_size_count",
        "commit_batch_size_sum",
        "commit_seconds_count",
    ):
        assert after[f"carnet_{name}"] == before[f"carnet_{name}"] + 1, name
    assert after["carnet_open_documents"] >= 1
    assert after["carnet_dirty_age_seconds"] == after["carnet_held_updates"] == after["carnet_worker_deaths_total"] == 0


async def test_requests_are_counted_by_route_and_never_by_address(world: World) -> None:
    contact = await world.new_contact("Zoé", "Quatremère")
    async with world.client("viewer") as rest:
        await rest.get(f"/contacts/{contact['id']}")
        await rest.get("/contacts/con_nobody")
        await rest.request("PROPFIND", "/contacts")
    found = await samples(world)
    labels = 'method="GET",route="/api/v1/contacts/{id}"'
    assert found[f'carnet_http_seconds_count{{{labels},status="200"}}'] >= 1
    assert found[f'carnet_http_seconds_count{{{labels},status="404"}}'] >= 1
    assert found['carnet_http_seconds_count{method="other",route="/api/v1/contacts",status="405"}'] == 1
    told = " ".join(found)
    assert [word for word in ("Zoé", contact["id"], "con_nobody", "PROPFIND", "@") if word in told] == []


@pytest.mark.parametrize(
    ("token", "headers", "status"),
    [
        ("", {}, 200),
        ("", {"X-Forwarded-For": "192.0.2.1"}, 404),
        ("", {"Forwarded": "for=192.0.2.1"}, 404),
        (TOKEN, {}, 404),
        (TOKEN, {"Authorization": "Bearer another"}, 404),
        (TOKEN, {"Authorization": f"Bearer {TOKEN}", "X-Forwarded-For": "192.0.2.1"}, 200),
    ],
)
async def test_metrics_are_for_this_machine_or_for_who_has_the_token(
    world: World, token: str, headers: dict[str, str], status: int
) -> None:
    before = world.carnet
    world.app.state.carnet = replace(before, settings=replace(before.settings, metrics_token=token))
    async with world.client() as rest:
        assert (await rest.get(METRICS, headers=headers)).status_code == status
    world.app.state.carnet = before


async def test_metrics_are_not_for_other_machines(world: World) -> None:
    transport = httpx.ASGITransport(world.app, client=("192.0.2.1", 1))
    async with httpx.AsyncClient(transport=transport) as elsewhere:
        assert (await elsewhere.get(METRICS)).status_code == 404


async def test_every_metric_says_what_it_is_and_stands_in_the_manual(world: World) -> None:
    async with world.client() as rest:
        families = list(text_string_to_metric_families((await rest.get(METRICS)).text))
    manual = (ROOT / "docs" / "operations.md").read_text()
    assert len(families) > 15
    for family in families:
        assert family.documentation
        assert re.fullmatch(r"carnet_[a-z_]+", family.name)
        assert family.name in manual, f"{family.name} is not in docs/operations.md"


@pytest.mark.asyncio(loop_scope="function")
async def test_a_value_lies_under_its_bound_and_all_greater_ones() -> None:
    histogram = Histogram((1.0, 2.0))
    for value in (0.5, 1.0, 1.5, 9.0):
        histogram.add(value)
    assert histogram.counts == [2, 1, 1]
    assert (histogram.total, histogram.sum) == (4, 12.0)
