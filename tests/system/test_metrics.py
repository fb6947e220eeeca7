# SPDX-License-Identifier: MIT
"""What `metrics_file` is for: a real Prometheus reads it, and alerts on it."""

import functools
import http.server
import json
import shutil
import threading
import urllib.parse
import urllib.request
from pathlib import Path

import pytest

from lab.base import ROOT, Server, wait_until
from lab.world import HOST

DIST = Path(__file__).parents[2] / "dist"
ADDRESS = "127.0.10.20"


class Prometheus(Server):
    """It scrapes METRICS, a directory that is served at PORT beside it."""

    def __init__(self, metrics):
        super().__init__("prometheus", ADDRESS, ROOT)
        handler = functools.partial(QuietHandler, directory=metrics)
        self.files = http.server.ThreadingHTTPServer((ADDRESS, 0), handler)
        threading.Thread(target=self.files.serve_forever, daemon=True).start()

    def configure(self):
        (self.dir / "prometheus.yml").write_text(f"""
global: {{scrape_interval: 1s, evaluation_interval: 1s}}
rule_files: ["{DIST}/alnitak-rules.yml"]
scrape_configs:
  - job_name: node
    metrics_path: /alnitak.prom
    static_configs: [{{targets: ["{ADDRESS}:{self.files.server_port}"]}}]
""")

    def command(self):
        return ["/usr/bin/prometheus", f"--config.file={self.dir}/prometheus.yml",
                f"--storage.tsdb.path={self.dir}/data",
                f"--web.listen-address={ADDRESS}:9090"]

    def get(self, what, **query):
        url = f"http://{ADDRESS}:9090/api/v1/{what}?{urllib.parse.urlencode(query)}"
        with urllib.request.urlopen(url, timeout=10) as answer:
            return json.load(answer)["data"]

    def ready(self):
        try:
            return self.get("query", query="up")["result"]
        except OSError:
            return False

    def stop(self):
        super().stop()
        self.files.shutdown()
        self.files.server_close()
        shutil.rmtree(self.dir)


class QuietHandler(http.server.SimpleHTTPRequestHandler):
    extensions_map = {".prom": "text/plain; version=0.0.4"}

    def log_message(self, *_):
        pass


@pytest.fixture
def watched(alone):
    """A target that nobody can look up, so that it has an alarm."""
    metrics = ROOT / "metrics"
    metrics.mkdir(exist_ok=True)
    alone.configure(metrics_file=metrics / "alnitak.prom")
    alone.run("init")
    alone.run("run", ok=(1,))
    prometheus = Prometheus(metrics)
    prometheus.launch()
    try:
        prometheus.wait_ready()
        yield prometheus
    finally:
        prometheus.stop()


def test_prometheus_alerts(watched):
    def firing():
        return {(alert["labels"]["alertname"], alert["labels"].get("target"))
                for alert in watched.get("alerts")["alerts"] if alert["state"] == "firing"}
    wait_until(lambda: ("AlnitakAlarm", HOST) in firing(), "the alert", 30)
    assert firing() <= {("AlnitakAlarm", HOST), ("AlnitakExpires", HOST)}
    found = watched.get("query", query=f'alnitak_alarm{{target="{HOST}"}}')["result"]
    assert [one["value"][1] for one in found] == ["1"]
    for group in watched.get("rules")["groups"]:
        assert all(rule["health"] == "ok" for rule in group["rules"]), group


def test_the_dashboard_asks_for_what_there_is(watched):
    """Each of its questions has an answer, but those about what need not be."""
    board = json.loads((DIST / "alnitak-dashboard.json").read_text())
    asked = [target["expr"] for panel in board["panels"] for target in panel["targets"]]
    assert len(asked) >= 4
    optional = ("_since_", "_until_", "_looked_")

    def answered(question):
        return watched.get("query", query=question)["result"] or \
            any(part in question for part in optional)
    for question in asked:
        wait_until(lambda question=question: answered(question), question, 30)
