"""People type while everything that can break breaks; then it heals, and nothing is lost, doubled or in doubt.

    make soak ROW=simulation CARNET_STORIES=100000 CARNET_SEED=1      so many, from this seed on

A story that fails is printed as one line: put it into kept.jsonl, where the suite plays it first and for ever.
"""

from __future__ import annotations

import logging
import os
import random
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.simulation.stories import NUMBER_MAX, VERBS, Step, Story
from tests.simulation.world import play

KEPT = dict(map(Story.read, (Path(__file__).parent / "kept.jsonl").read_text().splitlines()))
NUMBERS = st.integers(0, NUMBER_MAX)
STORIES = st.builds(
    Story,
    seed=NUMBERS,
    nodes=st.integers(1, 3),
    devices=st.integers(2, 5),
    documents=st.integers(1, 3),
    sweeps=st.booleans(),
    sql=st.just(False),  # SQLite takes longer than there is time for here
    steps=st.lists(st.builds(Step, st.sampled_from(sorted(VERBS)), NUMBERS, NUMBERS), max_size=60).map(tuple),
)


@pytest.mark.parametrize("why", KEPT)
def test_a_story_that_once_failed_ends_well(why: str) -> None:
    play(KEPT[why])


def test_a_story_goes_the_same_way_each_time() -> None:
    once, again = (play(Story.of(4)).documents for _ in range(2))
    assert {name: document.updates for name, document in once.items()} == {
        name: document.updates for name, document in again.items()
    }


def play_seeds(number: int) -> None:
    first = int(os.environ.get("CARNET_SEED") or random.SystemRandom().randrange(10**9))
    print(f"CARNET_SEED={first}, {number} stories")
    for seed in range(first, first + number):
        play(Story.of(seed))


def test_stories_end_well() -> None:
    play_seeds(50)


@settings(max_examples=150, deadline=None, suppress_health_check=list(HealthCheck))
@given(story=STORIES)
def test_stories_that_can_be_shortened_end_well(story: Story) -> None:
    play(story)


@pytest.mark.soak
@pytest.mark.timeout(24 * 3600)
def test_very_many_stories_end_well(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.ERROR, logger="sync")  # or all that their weather is worth a warning stays in memory
    play_seeds(int(os.environ.get("CARNET_STORIES", "5000")))
