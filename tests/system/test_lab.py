# SPDX-License-Identifier: MIT
"""The lab itself: what the other tests rely on is so, and alnitak is not needed."""

import json
import time

import pytest

from lab import dnsquery, schema
from lab.base import LabError, wait_until
from lab.nameservers import skewed
from lab.proxy import Proxy
from lab.world import HOST, ZONE, owner


@pytest.fixture
def served(world):
    """A certificate in service through links made by hand, its record up."""
    world.issue_all()
    links = world.alnitak.dane / HOST
    links.mkdir(parents=True)
    for part in ("cert", "chain", "fullchain", "privkey"):
        (links / f"{part}.pem").symlink_to(f"../../../letsencrypt/live/{HOST}/{part}.pem")
    world.nginx.start()
    world.publish_live()
    return world


def plain_hook(world):
    """The deploy hook that everyone writes first."""
    hook = world.base / "plain-hook"
    hook.write_text(f"""#!/bin/sh -e
hash=$(openssl x509 -in "$RENEWED_LINEAGE/cert.pem" -noout -pubkey |
	openssl pkey -pubin -outform DER | openssl sha256 -r | cut -d' ' -f1)
nsupdate -k {world.key_file} <<END
server {world.primary.address}
zone {ZONE}
update delete {owner()} TLSA
update add {owner()} 5 TLSA 3 1 1 $hash
send
END
{world.nginx.reload_command()}
""")
    hook.chmod(0o755)
    return hook


@pytest.mark.world(record_ttl=300)
def test_a_plain_deploy_hook_breaks_and_the_client_sees_it(served):
    """However seldom a loaded machine lets it look: caches keep the old set for minutes."""
    client = served.dane_client(per_second=40).watch()
    wait_until(lambda: client.held, "the client to find the record", 20)
    before = client.mismatches
    served.certbot.renew(deploy=plain_hook(served))
    wait_until(lambda: client.mismatches, "the client to see a mismatch", 120)
    client.stop()
    assert before == 0, client
    assert len(client.certificates) == 2, client
    assert not client.errors and not client.refused and not client.insecure, client


def test_a_frozen_secondary_serves_what_it_has(world):
    world.knot.freeze()
    world.nsupdate(f"update add {owner()} 5 TLSA 3 1 1 {'ab' * 32}")
    wait_until(lambda: dnsquery.records(world.nsd.address, owner(), "TLSA"), "NSD to follow")
    assert not dnsquery.records(world.knot.address, owner(), "TLSA")
    world.knot.thaw()
    wait_until(lambda: world.all_serve(f"3 1 1 {'ab' * 32}"), "all to follow")


def test_the_key_may_do_one_thing_only(world):
    for line in (f"update add {owner('other.example.test')} 5 TLSA 3 1 1 {'ab' * 32}",
                 f"update add {owner()} 5 TXT no"):
        with pytest.raises(AssertionError, match="REFUSED"):
            world.nsupdate(line)
    world.nsupdate(f"update add {owner()} 5 TLSA 3 1 1 {'ab' * 32}")


def test_a_skewed_clock_refuses_the_key(world):
    world.primary.restart(**skewed(600))
    with pytest.raises(AssertionError, match="BADTIME"):
        world.nsupdate(f"update add {owner()} 5 TLSA 3 1 1 {'ab' * 32}")
    assert world.resolver.secure(ZONE, "SOA")


@pytest.mark.world(delay_ms=50)
def test_six_addresses_are_fifty_milliseconds_away(world):
    fronts = [front for fronts in world.fronts.values() for front in fronts]
    assert len(fronts) == 6

    def takes(front, tcp):
        began = time.perf_counter()
        dnsquery.ask(front, ZONE, "SOA", tcp=tcp)
        return time.perf_counter() - began
    for tcp, least in ((False, 0.050), (True, 0.100)):
        for front in fronts:
            fastest = takes(front, tcp)
            while fastest >= least + 0.1:       # a loaded machine adds to it
                fastest = takes(front, tcp)
            assert fastest >= least


def test_a_proxy_drops_and_garbles(world):
    front = Proxy("127.0.10.30", world.nsd.address, hook=lambda data, towards: None).start()
    with pytest.raises(dnsquery.dns.exception.Timeout):
        dnsquery.ask(front.front, ZONE, "SOA", timeout=0.3)
    front.hook = lambda data, towards: data if towards else data[:-1] + b"\xff"
    with pytest.raises(dnsquery.dns.exception.DNSException):
        dnsquery.ask(front.front, ZONE, "SOA", timeout=0.3)
    front.stop()


RECORD = {"schema": 1, "owner": None, "source": HOST, "usage": 3, "selector": 1, "matching": 1,
          "data": "ab" * 32, "leaf": "cd" * 32, "expires": "2027-01-15T08:00:00.000Z",
          "expires_ms": 1800000000000, "fault": None}
FAILED = {"schema": 1, "time": None, "ms": None, "target": HOST, "step": "failed",
          "reason": "state", "line": "no", "until": None, "until_ms": None, "alarm": None,
          "released": None, "live": None, "links": None, "not_probed": None,
          "reload_due": None, "owners": [], "phase": None, "waits_for": None, "next": None,
          "until_moves": None, "detail": None, "too_late": None, "timeline": []}


@pytest.mark.parametrize("command, good, wrong", [
    ("print", RECORD, {"schema": 2}), ("print", RECORD, {"data": "AB"}),
    ("print", RECORD, {"expires": "2027-01-15 08:00:00 UTC"}),
    ("print", RECORD, {"nobody": "has documented this"}), ("print", RECORD, {"leaf": ...}),
    ("status", FAILED, {"step": "no such word"}), ("status", FAILED, {"reason": None}),
    ("status", FAILED, {"until_ms": "soon"}), ("status", FAILED, {"owners": ...})])
def test_json_that_breaks_its_promise_is_refused(command, good, wrong):
    schema.read(command, json.dumps([good]))
    other = {name: value for name, value in {**good, **wrong}.items() if value is not ...}
    with pytest.raises(LabError, match="--json: at"):
        schema.read(command, json.dumps([other]))
