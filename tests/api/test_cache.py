"""The cache through the Python API."""

from __future__ import annotations

import sys
from pathlib import Path

import weft


def test_a_cache_that_does_not_exist_is_looked_at_without_making_it(config: weft.Config) -> None:
    cache = weft.Cache(config)
    assert cache.directory == str(config.cache_dir)
    assert cache.parts() == (weft.CachePart(cache.directory, "home", 0),)
    assert cache.size() == 0
    assert not Path(cache.directory).exists()


def test_a_cache_is_measured_pruned_and_emptied(config: weft.Config) -> None:
    cache = weft.Cache(config)
    weft.create_environment(".venv", python=sys.executable, config=config)
    weft.install_requirements(["lantern", "mirror"], config=config)
    full = cache.size()
    assert full > 5000
    assert cache.prune().files == 0  # index pages lead to all of it
    assert cache.clean("mirror").files > 0
    assert 0 < cache.size() < full
    assert cache.clean().files > 0
    assert cache.clean().files == 0
