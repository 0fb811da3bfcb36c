"""The settings that the environment may contain, and the errors for invalid ones."""

import ast
import itertools
import os
import re
from pathlib import Path

import pytest

from offhook.core.errors import SettingsError
from offhook.settings import Settings, load_env_files, load_settings, variable_names

ROOT = Path(__file__).parents[2]
NAMES = set(variable_names())


def test_nothing_set_gives_the_defaults(tmp_path: Path) -> None:
    settings = load_settings(tmp_path)
    assert (settings.preset, settings.turn_detection, settings.livekit_url) == ("auto", "auto", None)
    assert settings.calls_at_once == 5 * (os.cpu_count() or 1)


def test_the_environment_wins_over_env_local_which_wins_over_env(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / ".env").write_text("OFFHOOK_CAPACITY=1\nOFFHOOK_PLAN_TIMEOUT=1\nOFFHOOK_LLM=openai/one\n")
    (tmp_path / ".env.local").write_text("OFFHOOK_CAPACITY=2\nOFFHOOK_PLAN_TIMEOUT=2\n")
    monkeypatch.setenv("OFFHOOK_CAPACITY", "3")
    settings = load_settings(tmp_path)
    assert (settings.capacity, settings.plan_timeout, settings.llm) == (3, 2, "openai/one")


def test_an_empty_value_counts_as_not_set(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / ".env").write_text("LIVEKIT_URL=ws://one\nOFFHOOK_CAPACITY=\n")
    (tmp_path / ".env.local").write_text("LIVEKIT_URL=\n")
    monkeypatch.setenv("LIVEKIT_URL", "")
    settings = load_settings(tmp_path)
    assert (settings.livekit_url, settings.capacity) == ("ws://one", None)


def test_a_misspelt_value_is_named_with_the_nearest_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OFFHOOK_PRESET", "ofline")
    with pytest.raises(SettingsError) as refused:
        load_settings(tmp_path)
    assert str(refused.value) == (
        'OFFHOOK_PRESET="ofline" is not one of auto, cloud, local, offline; did you mean offline?'
    )


@pytest.mark.parametrize(
    ("name", "value", "says"),
    [
        ("OFFHOOK_CAPACITY", "0", 'OFFHOOK_CAPACITY="0" should be greater than or equal to 1'),
        ("OFFHOOK_CAPACITY", "many", 'OFFHOOK_CAPACITY="many" should be a valid integer'),
        ("OFFHOOK_PLAN_TIMEOUT", "0", 'OFFHOOK_PLAN_TIMEOUT="0" should be greater than 0'),
        ("OFFHOOK_PLAN_TIMEOUT", "nan", 'OFFHOOK_PLAN_TIMEOUT="nan" should be a finite number'),
        ("LIVEKIT_URL", "localhost:7880", "LIVEKIT_URL must start with ws:// or wss://"),
        ("OPENAI_BASE_URL", "localhost", "OPENAI_BASE_URL must start with http:// or https://"),
        ("DEEPGRAM_BASE_URL", "ws://localhost", "DEEPGRAM_BASE_URL must start with http:// or https://"),
        ("CARTESIA_BASE_URL", "http://", "CARTESIA_BASE_URL has no host; write it as in http://localhost:8000/v1"),
        (
            "OFFHOOK_REDACT",
            "journal, logs",
            "OFFHOOK_REDACT must be a list of journal, model, separated by commas, or empty",
        ),
        (
            "OFFHOOK_REDACTOR",
            "detectors.Names",
            "OFFHOOK_REDACTOR must be the module and the name of a detector, such as detectors:Presidio",
        ),
        (
            "OFFHOOK_PHONE_REGIONS",
            "USA",
            "OFFHOOK_PHONE_REGIONS must be country codes of two capital letters, separated by commas, such as US, GB",
        ),
        (
            "OFFHOOK_WEBHOOKS",
            "example.com/hush whsec_hush",
            "OFFHOOK_WEBHOOKS entry 1 must start with a URL such as https://example.com/webhooks",
        ),
        (
            "OFFHOOK_WEBHOOKS",
            "https://example.com/hush whsec_hush",
            (
                "OFFHOOK_WEBHOOKS entry 1 has a secret that is not whsec_ and base64 of 24 to 64 bytes "
                "(make one with: offhook webhooks new-secret)"
            ),
        ),
        (
            "OFFHOOK_POSTGRES",
            "mysql://ann:hush@host/db",
            (
                "OFFHOOK_POSTGRES is not the address of a PostgreSQL database; "
                "write postgresql://user:password@host:5432/database"
            ),
        ),
        ("OFFHOOK_LOCAL_URL", "localhost:11434", "OFFHOOK_LOCAL_URL must start with http:// or https://"),
    ],
)
def test_an_impossible_value_is_told_in_one_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str, value: str, says: str
) -> None:
    monkeypatch.setenv(name, value)
    with pytest.raises(SettingsError, match="^" + re.escape(says) + "$"):
        load_settings(tmp_path)


def test_the_address_of_the_database_is_read_and_never_shown(tmp_path: Path) -> None:
    (tmp_path / ".env").write_text("OFFHOOK_POSTGRES=postgresql://ann:hush@host/db\n")
    settings = load_settings(tmp_path)
    assert settings.postgres_address is not None
    assert settings.postgres_address.dsn == "postgresql://ann:hush@host/db"
    assert "hush" not in repr(settings)


def test_receivers_of_webhooks_are_read_and_never_shown(tmp_path: Path) -> None:
    secret = "whsec_" + "c" * 32
    (tmp_path / ".env").write_text(
        f"OFFHOOK_WEBHOOKS_PRIVATE=1\nOFFHOOK_WEBHOOKS=http://127.0.0.1:8000/hush {secret} call.ended\n"
        "OFFHOOK_REDACT=model,journal\n"
    )
    settings = load_settings(tmp_path)
    (receiver,) = settings.webhook_receivers
    assert (receiver.url, receiver.events) == ("http://127.0.0.1:8000/hush", ("call.ended",))
    assert settings.redacted_places == ("model", "journal")
    assert not [one for one in ("hush", secret) if one in repr((settings, receiver))]


def test_every_problem_gets_its_own_line(tmp_path: Path) -> None:
    (tmp_path / ".env").write_text("OFFHOOK_PRESET=clud\nOFFHOOK_LOG_LEVEL=loud\n")
    with pytest.raises(SettingsError) as refused:
        load_settings(tmp_path)
    assert [line.split("=")[0] for line in str(refused.value).splitlines()] == ["OFFHOOK_PRESET", "OFFHOOK_LOG_LEVEL"]


def test_unknown_names_and_impossible_values_are_told_in_one_go(tmp_path: Path) -> None:
    (tmp_path / ".env").write_text("OFFHOOK_CAPASITY=3\nOFFHOOK_PRESET=clud\nOFFHOOK_DRANE=1\n")
    with pytest.raises(SettingsError) as refused:
        load_settings(tmp_path)
    assert str(refused.value).splitlines() == [
        "OFFHOOK_CAPASITY is not a setting of offhook; did you mean OFFHOOK_CAPACITY?",
        "OFFHOOK_DRANE is not a setting of offhook; did you mean OFFHOOK_DRAIN?",
        'OFFHOOK_PRESET="clud" is not one of auto, cloud, local, offline; did you mean cloud?',
    ]


def test_settings_made_by_hand_are_checked_too() -> None:
    with pytest.raises(ValueError, match="Extra inputs are not permitted"):
        Settings(capasity=3)  # type: ignore[call-arg]  # an unknown field


def test_the_environment_is_read_by_load_settings_only(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OFFHOOK_CAPACITY", "3")
    assert Settings().capacity is None


def test_an_unknown_name_is_refused_with_the_nearest_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OFFHOOK_CAPASITY", "3")
    with pytest.raises(SettingsError, match=r"^OFFHOOK_CAPASITY is not .*; did you mean OFFHOOK_CAPACITY\?$"):
        load_settings(tmp_path)


def test_an_unknown_name_far_from_any_lists_the_names(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OFFHOOK_ZZZZ_QQQQ_WWWW", "3")
    with pytest.raises(SettingsError, match="the names are OFFHOOK_PRESET, OFFHOOK_VAD, "):
        load_settings(tmp_path)


def test_an_unknown_name_in_a_file_is_refused_too(tmp_path: Path) -> None:
    (tmp_path / ".env.local").write_text("OFFHOOK_PRESSET=offline\n")
    with pytest.raises(SettingsError, match="did you mean OFFHOOK_PRESET"):
        load_settings(tmp_path)


def test_other_peoples_variables_are_left_alone(tmp_path: Path) -> None:
    (tmp_path / ".env").write_text("DATABASE_URL=postgres://x\n")
    assert load_settings(tmp_path).preset == "auto"


def test_the_log_level_may_be_written_small(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OFFHOOK_LOG_LEVEL", "debug")
    assert load_settings(tmp_path).log_level == "DEBUG"


def test_the_programs_that_only_tests_need_are_settings_too(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OFFHOOK_LIVEKIT_SIP", "/opt/livekit-sip")
    assert load_settings(tmp_path).livekit_sip == Path("/opt/livekit-sip")


def test_a_file_that_is_not_text_is_told_by_name(tmp_path: Path) -> None:
    (tmp_path / ".env").write_bytes(b"\xff\xfe\x00=")
    with pytest.raises(SettingsError, match=r"\.env cannot be read .*UTF-8"):
        load_settings(tmp_path)


def test_secrets_are_not_shown(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    keys = ("LIVEKIT_API_SECRET", *(name for name in NAMES if name.endswith("_KEY") and name != "LIVEKIT_API_KEY"))
    assert len(keys) == 8
    for name in keys:
        monkeypatch.setenv(name, "hush-hush")
    settings = load_settings(tmp_path)
    assert "hush" not in f"{settings!r} {settings} {settings.model_dump_json()}"
    assert settings.openai_api_key is not None
    assert settings.openai_api_key.get_secret_value() == "hush-hush"


def test_settings_cannot_be_changed(tmp_path: Path) -> None:
    settings = load_settings(tmp_path)
    with pytest.raises(ValueError, match="frozen"):
        settings.preset = "cloud"


def test_env_files_reach_child_processes_without_overriding(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / ".env").write_text("ONE=env\nTWO=env\nTHREE=env\n")
    (tmp_path / ".env.local").write_text("TWO=local\nTHREE=local\n")
    for name in ("ONE", "TWO"):
        monkeypatch.setenv(name, "")
    monkeypatch.setenv("THREE", "real")
    load_env_files(tmp_path)
    assert [os.environ[name] for name in ("ONE", "TWO", "THREE")] == ["env", "local", "real"]


def test_the_example_file_lists_exactly_the_settings_each_with_a_comment() -> None:
    lines = (ROOT / ".env.example").read_text().splitlines()
    listed = [(line.split("=")[0], before) for before, line in itertools.pairwise(lines) if "=" in line]
    assert [name for name, _ in listed] == list(variable_names())
    assert [name for name, before in listed if not before.startswith("# ")] == []


def test_the_example_file_says_the_defaults(tmp_path: Path) -> None:
    (tmp_path / ".env.local").write_text((ROOT / ".env.example").read_text())
    assert load_settings(tmp_path) == Settings()


@pytest.mark.slow
def test_only_settings_reads_the_environment() -> None:
    offenders = [
        f"{path.relative_to(ROOT)}:{line}"
        for folder in ("src", "agents")
        for path in sorted((ROOT / folder).rglob("*.py"))
        if path != ROOT / "src/offhook/settings/environment.py" and not (_simulates(path) or _hands_over(path))
        for line in _environment_reads(path)
    ]
    assert offenders == []


@pytest.mark.parametrize(
    "code",
    ["import os\nos.environ['A']", "import os\nos.getenv('A')", "from os import environ", "from os import getenv as g"],
)
def test_every_way_to_read_the_environment_is_noticed(tmp_path: Path, code: str) -> None:
    (tmp_path / "module.py").write_text(code)
    assert len(_environment_reads(tmp_path / "module.py")) == 1


def _environment_reads(path: Path) -> list[int]:
    text = path.read_text()
    if "environ" not in text and "getenv" not in text:
        return []
    tree = ast.parse(text)
    copies = {id(node.args[0]) for node in ast.walk(tree) if _copies_environment(node, path)}
    return [
        node.lineno
        for node in ast.walk(tree)
        if id(node) not in copies
        and (
            (isinstance(node, ast.Attribute) and node.attr in {"environ", "getenv"} and _is_os(node.value))
            or (isinstance(node, ast.ImportFrom) and any(name.name in {"environ", "getenv"} for name in node.names))
        )
    ]


def _is_os(value: ast.expr) -> bool:
    return isinstance(value, ast.Name) and value.id == "os"


def _simulates(path: Path) -> bool:
    """True for the modules that set the environment of a simulated call, and restore it."""
    return path.parent == ROOT / "src/offhook/testing/simulation" and path.name in ("patches.py", "stand_in_keys.py")


def _hands_over(path: Path) -> bool:
    """True for the modules that hand the environment of the worker's main process over to its early forkserver."""
    return path.parent == ROOT / "src/offhook/worker" and path.name in ("early.py", "early_preload.py")


def _copies_environment(node: ast.AST, path: Path) -> bool:
    """True for `dict(os.environ)`, which cli/ and dev/ pass to child processes."""
    return (
        path.parent.name in {"cli", "dev"}
        and isinstance(node, ast.Call)
        and isinstance(node.func, ast.Name)
        and node.func.id == "dict"
        and len(node.args) == 1
    )


@pytest.mark.parametrize("name", ["OFFHOOK_COMMAND_KEYS", "OFFHOOK_API_KEYS"])
def test_a_wrong_list_of_keys_is_refused_and_no_secret_is_repeated(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(name, f"desk:viewer:{'s' * 32}, agent:boss:{'t' * 32}")
    with pytest.raises(SettingsError, match=rf"^{name} entry 2 must be NAME:ROLE:SECRET") as refused:
        load_settings(tmp_path)
    assert "tttt" not in str(refused.value)


def test_bearer_keys_have_a_name_and_a_role(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OFFHOOK_API_KEYS", f"desk:viewer:{'s' * 32}, agent:operator:{'t' * 32}")
    keys = load_settings(tmp_path).own_api_keys
    assert [(key.name, key.role) for key in keys] == [("desk", "viewer"), ("agent", "operator")]
