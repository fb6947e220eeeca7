# SPDX-License-Identifier: MIT
"""Fixtures: a world, a world at rest, an installation without a world.

Run with `tests/lab/enter /usr/bin/python3 -m pytest tests/system`; the program
is ./alnitak of this tree, or the one that the environment names in ALNITAK.
"""

import os
import shutil
import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parents[1]))

from lab import program                                     # noqa: E402
from lab.base import ROOT                                   # noqa: E402
from lab.lineage import Lineage                             # noqa: E402
from lab.program import Alnitak                             # noqa: E402
from lab.world import HOST, World                           # noqa: E402


def pytest_addoption(parser):
    parser.addoption("--lies", metavar="SECONDS", type=float, default=6,
                     help="for how long name servers lie at random (6)")
    parser.addoption("--part", metavar="I/N", help="of N parts of the tests, the Ith")


def pytest_collection_modifyitems(config, items):
    if part := config.getoption("--part"):
        first, parts = map(int, part.split("/"))
        mine = items[first - 1::parts]
        config.hook.pytest_deselected(items=[item for item in items if item not in mine])
        items[:] = mine


def pytest_configure(config):
    config.addinivalue_line("markers", "world(**options): how to build the world")
    config.addinivalue_line("markers", "cell(feature, row, *columns): of tests/MATRIX")
    config.addinivalue_line("markers", "timing: meaningless under a sanitizer")
    if os.environ.get("ALNITAK_LAB") != "inside":
        pytest.exit("the system tests run inside tests/lab/enter", 2)


def pytest_runtest_setup(item):
    if item.get_closest_marker("timing") and program.sanitized():
        pytest.skip("times are measured with the ordinary build")


def record_cells(item, outcome):
    marker = item.get_closest_marker("cell")
    if marker and "ALNITAK_CELLS" in os.environ:
        feature, row, *columns = marker.args
        with open(os.environ["ALNITAK_CELLS"], "a", encoding="ascii") as cells:
            cells.writelines("\t".join((feature, row, column, outcome)) + "\n"
                             for column in columns)


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_makereport(item, call):
    """A failure shows how the servers' logs end; what belongs there goes to the
    file that becomes tests/MATRIX."""
    report = (yield).get_result()
    if report.failed or report.when == "call":
        record_cells(item, report.outcome)
    world = getattr(item, "funcargs", {}).get("world")
    if report.failed and world:
        for server in world.servers:
            if server.log.exists():
                report.sections.append((f"log of {server.name}", server.tail()))


def no_findings(alnitak):
    findings = alnitak.sanitizer_findings()
    assert not findings, findings


@pytest.fixture
def world(request):
    """DNS and the ACME server run; no certificate, no record, no service yet."""
    marker = request.node.get_closest_marker("world")
    world = World(**(marker.kwargs if marker else {}))
    try:
        yield world.start()
    finally:
        world.stop()
    no_findings(world.alnitak)


@pytest.fixture
def fresh(world):
    """Certificates, links and the service, but not one TLSA record."""
    world.issue_all()
    world.alnitak.configure().run("init")
    world.nginx.start()
    return world


@pytest.fixture
def settled(fresh):
    """At rest: each service shows its live certificate, its record is up."""
    fresh.publish_live()
    return fresh


@pytest.fixture
def following(world):
    """settled, with links that lead to live at rest."""
    world.alnitak.configure(follow_live=True)
    world.issue_all()
    world.alnitak.run("init")
    world.nginx.start()
    world.publish_live()
    return world


@pytest.fixture(params=["settled", "following"])
def either(request):
    """At rest, wherever the links are then."""
    return request.getfixturevalue(request.param)


@pytest.fixture
def alone():
    """An installation with one lineage, with neither DNS nor service."""
    base = ROOT / "alone"
    shutil.rmtree(base, ignore_errors=True)
    base.mkdir()
    key = base / "alnitak.key"
    key.write_text('key "alnitak" {\n\talgorithm hmac-sha256;\n'
                   '\tsecret "MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE=";\n};\n')
    key.chmod(0o600)
    alnitak = Alnitak(base, **{"key": key, f"target {HOST}": {
        "tlsa": ["311 443"], "reload": "true"}})
    alnitak.key = key
    alnitak.lineage = Lineage(base / "etc/letsencrypt", HOST).renew()
    yield alnitak.configure()
    no_findings(alnitak)
