"""The files in deploy/ are valid by the published schemas, and consistent with the worker and the image."""

import json
import re
from importlib.resources import files
from pathlib import Path
from typing import Any

import kubernetes_validate
import pytest
import yaml
from jsonschema import Draft202012Validator

from offhook.dev.binary import VERSION
from offhook.settings import variable_names

ROOT = Path(__file__).parents[2]
DEPLOY = ROOT / "deploy"
KUBERNETES = DEPLOY / "kubernetes"
FAREWELL = 30
"""Seconds after the drain in which calls hear their goodbyes and are closed."""


def read(path: Path) -> Any:
    return yaml.safe_load(path.read_text(encoding="utf-8"))


COMPOSE = read(DEPLOY / "compose.yaml")
MANIFESTS = {path.name: read(path) for path in sorted(KUBERNETES.glob("*.yaml")) if path.name != "kustomization.yaml"}
POD = MANIFESTS["deployment.yaml"]["spec"]["template"]
(CONTAINER,) = POD["spec"]["containers"]
ENVIRON = {one["name"]: one["value"] for one in CONTAINER["env"]}
UNIT = dict(re.findall(r"^(\w+)=(.*)$", (DEPLOY / "offhook.service").read_text(encoding="utf-8"), re.MULTILINE))


def test_the_compose_file_is_one() -> None:
    schema = files("check_jsonschema") / "builtin_schemas" / "vendor" / "compose-spec.json"
    validator = Draft202012Validator(json.loads(schema.read_text(encoding="utf-8")))
    assert [error.message for error in validator.iter_errors(COMPOSE)] == []


@pytest.mark.parametrize("version", ["1.30.0", kubernetes_validate.latest_version()])
@pytest.mark.parametrize("name", MANIFESTS)
def test_every_manifest_is_what_kubernetes_takes(name: str, version: str) -> None:
    kubernetes_validate.validate(MANIFESTS[name], version, strict=True)


def test_all_manifests_but_the_secret_are_applied_together() -> None:
    listed = read(KUBERNETES / "kustomization.yaml")["resources"]
    assert sorted([*listed, "secret.example.yaml"]) == list(MANIFESTS)


def minutes(text: str) -> int:
    return 60 * int(text.removesuffix("m"))


@pytest.mark.parametrize(
    ("grace", "drain"),
    [
        (minutes(COMPOSE["services"]["worker"]["stop_grace_period"]), COMPOSE["services"]["worker"]["environment"]),
        (POD["spec"]["terminationGracePeriodSeconds"], ENVIRON),
        (int(UNIT["TimeoutStopSec"]), dict(pair.split("=") for pair in UNIT["Environment"].split())),
    ],
    ids=["compose", "kubernetes", "systemd"],
)
def test_whoever_stops_a_worker_waits_for_its_calls_and_their_goodbyes(grace: int, drain: dict[str, str]) -> None:
    assert grace >= int(drain["OFFHOOK_DRAIN"]) + FAREWELL


def test_the_server_outlives_the_calls_of_the_worker() -> None:
    services = COMPOSE["services"]
    assert minutes(services["livekit"]["stop_grace_period"]) > minutes(services["worker"]["stop_grace_period"])


def test_only_settings_that_exist_are_set() -> None:
    known = set(variable_names())
    texts = [path.read_text(encoding="utf-8") for path in (*DEPLOY.glob("*"), *KUBERNETES.glob("*")) if path.is_file()]
    named = {name for text in texts for name in re.findall(r"\b(?:OFFHOOK|DEEPGRAM|OPENAI|CARTESIA)_[A-Z_]+\b", text)}
    assert named - known == set()


def test_the_probes_ask_where_the_worker_answers() -> None:
    ports = {one["name"]: one["containerPort"] for one in CONTAINER["ports"]}
    probes = {
        kind: (CONTAINER[kind]["httpGet"]["path"], ports[CONTAINER[kind]["httpGet"]["port"]])
        for kind in ("startupProbe", "livenessProbe", "readinessProbe")
    }
    assert probes == {"startupProbe": ("/", 8081), "livenessProbe": ("/", 8081), "readinessProbe": ("/ready", 8082)}
    assert ENVIRON["OFFHOOK_READY"] == "0.0.0.0:8082"


def test_it_scales_by_a_figure_that_the_worker_tells() -> None:
    (metric,) = MANIFESTS["scaling.yaml"]["spec"]["metrics"]
    source = (ROOT / "src/offhook/worker/health.py").read_text(encoding="utf-8")
    assert f'GaugeMetricFamily("{metric["pods"]["metric"]["name"]}"' in source
    scraped = {key.rpartition("/")[2]: value for key, value in POD["metadata"]["annotations"].items()}
    assert scraped == {"scrape": "true", "port": "8082", "path": "/metrics"}


def test_every_selector_finds_the_pods() -> None:
    labels = POD["metadata"]["labels"]
    selectors = [
        MANIFESTS["deployment.yaml"]["spec"]["selector"],
        MANIFESTS["disruption.yaml"]["spec"]["selector"],
        MANIFESTS["network.yaml"]["spec"]["podSelector"],
    ]
    assert [selector["matchLabels"] for selector in selectors] == [labels] * 3
    target = MANIFESTS["scaling.yaml"]["spec"]["scaleTargetRef"]
    assert (target["kind"], target["name"]) == ("Deployment", MANIFESTS["deployment.yaml"]["metadata"]["name"])


def test_a_pod_may_write_its_journal_and_tmp_and_nothing_else() -> None:
    assert {one["mountPath"] for one in CONTAINER["volumeMounts"]} == {"/app/.offhook", "/tmp"}
    assert {one["name"] for one in CONTAINER["volumeMounts"]} == {one["name"] for one in POD["spec"]["volumes"]}
    confined = CONTAINER["securityContext"]
    assert (confined["readOnlyRootFilesystem"], confined["allowPrivilegeEscalation"]) == (True, False)
    assert (POD["spec"]["securityContext"]["runAsUser"], POD["spec"]["securityContext"]["fsGroup"]) == (10001, 10001)


def test_a_composed_worker_may_write_its_journal_and_tmp_and_nothing_else() -> None:
    worker = COMPOSE["services"]["worker"]
    assert (worker["read_only"], worker["volumes"], worker["tmpfs"]) == (True, ["journal:/app/.offhook"], ["/tmp"])


def test_what_compose_mounts_and_builds_is_there() -> None:
    mounts = [mount for service in COMPOSE["services"].values() for mount in service.get("volumes", [])]
    sources = [mount.split(":")[0] for mount in mounts]
    assert [one for one in sources if one.startswith("./") and not (DEPLOY / one).is_file()] == []
    assert {one for one in sources if not one.startswith("./")} == set(COMPOSE["volumes"])
    assert (DEPLOY / COMPOSE["services"]["worker"]["build"] / "Dockerfile").is_file()


def test_the_example_names_every_variable_that_compose_needs() -> None:
    text = (DEPLOY / "compose.yaml").read_text(encoding="utf-8")
    needed = set(re.findall(r"\$\{(\w+)", text))
    named = set(re.findall(r"^(\w+)=", (DEPLOY / "env.example").read_text(encoding="utf-8"), re.MULTILINE))
    assert needed <= named


def test_the_server_s_ports_are_those_that_compose_opens() -> None:
    config = read(DEPLOY / "livekit.yaml")
    wanted = [str(config["port"]), str(config["rtc"]["tcp_port"]), f"{config['rtc']['udp_port']}/udp"]
    assert COMPOSE["services"]["livekit"]["ports"] == [f"{port.split('/')[0]}:{port}" for port in wanted]


def test_the_server_is_the_one_that_we_test_with() -> None:
    assert COMPOSE["services"]["livekit"]["image"] == f"livekit/livekit-server:v{VERSION}"


def test_no_secret_is_in_these_files() -> None:
    given = set(MANIFESTS["secret.example.yaml"]["stringData"].values())
    assert given == {"wss://livekit.example.com", "replace-me"}
    assert set(
        re.findall(r"^\w*(?:KEY|SECRET|PASSWORD)=(.*)$", (DEPLOY / "env.example").read_text(), re.MULTILINE)
    ) == {""}
