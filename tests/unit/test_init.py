"""`offhook init` creates a project that other programs accept, and never changes an existing file."""

import json
import re
import subprocess
import sys
import tomllib
from importlib.metadata import Distribution
from pathlib import Path

import pytest
import yaml

from offhook.cli.init import init
from offhook.cli.install_source import InstallSource, install_source
from offhook.cli.project import FILES, Project, suggest_name
from offhook.core.errors import OffhookError
from offhook.settings import variable_names

ROOT = Path(__file__).parents[2]
INDEX = InstallSource("offhook>=0.1.0,<0.2")
FOLDER = InstallSource("offhook @ file:///srv/off%20hook", "folder", Path("/srv/off hook"))
WHEEL = InstallSource(
    "offhook @ file:///srv/offhook-0.1.0-py3-none-any.whl", "file", Path("/srv/offhook-0.1.0-py3-none-any.whl")
)
GIT = InstallSource("offhook @ git+https://example.org/offhook.git@4a5b", "git")
ORIGINS = pytest.mark.parametrize("offhook", [INDEX, FOLDER, WHEEL, GIT], ids=lambda one: one.kind)


def project(offhook: InstallSource = INDEX) -> Project:
    return Project("night-desk", offhook=offhook, livekit="livekit-agents<1.9,>=1.8.9", server="1.2.3")


def installed(folder: Path, direct_url: object = None, version: str = "0.1.0") -> Distribution:
    """An offhook that was installed from this source."""
    (folder / "METADATA").write_text(f"Metadata-Version: 2.1\nName: offhook\nVersion: {version}\n")
    if direct_url is not None:
        (folder / "direct_url.json").write_text(json.dumps(direct_url))
    return Distribution.at(folder)


def instructions(dockerfile: str) -> list[tuple[str, str]]:
    whole = dockerfile.replace("\\\n", " ")
    lines = [line for line in whole.splitlines() if line and not line.startswith("#")]
    return [(word, rest) for word, _, rest in (line.partition(" ") for line in lines)]


@ORIGINS
def test_no_placeholder_is_left_in_any_file(offhook: InstallSource) -> None:
    left = {name: found for name in FILES if (found := re.findall(r"@[A-Z_]+@", project(offhook).text(name)))}
    assert left == {}


@ORIGINS
def test_the_files_end_in_one_newline_and_have_no_blank_at_the_end_of_a_line(offhook: InstallSource) -> None:
    for name in FILES:
        text = project(offhook).text(name)
        assert re.search(r"[ \t]$|\n\n\n|\n\n\Z", text, re.MULTILINE) is None or name.endswith(".py"), name
        assert text.endswith("\n"), name


@pytest.mark.usefixtures("capsys")
def test_every_file_is_written_and_nothing_else(tmp_path: Path) -> None:
    init(tmp_path / "night-desk")
    written = {str(path.relative_to(tmp_path / "night-desk")) for path in tmp_path.rglob("*") if path.is_file()}
    assert written == set(FILES)


def test_every_template_belongs_to_a_file() -> None:
    templates = {path.name for path in (ROOT / "src/offhook/template").iterdir()}
    assert templates == set(FILES.values())


def test_the_next_steps_are_words_of_the_makefile(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    init(tmp_path / "night-desk")
    told = re.findall(r"make (\w+)", capsys.readouterr().out)
    assert told == ["run", "call", "test"]
    words = re.findall(r"^(\w+):.*## ", project().text("Makefile"), re.MULTILINE)
    assert set(told) <= set(words)


@ORIGINS
def test_the_project_lists_livekit_agents_and_offhook(offhook: InstallSource) -> None:
    made = tomllib.loads(project(offhook).text("pyproject.toml"))
    assert made["project"]["name"] == "night-desk"
    assert made["project"]["dependencies"] == ["livekit-agents<1.9,>=1.8.9", offhook.requirement]
    assert made["dependency-groups"] == {
        "offline": ["offhook[offline]"],
        "dev": [{"include-group": "offline"}, "offhook[testing]"],
    }


def test_the_extras_that_the_project_wants_exist() -> None:
    ours = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    assert {"offline", "testing"} <= set(ours["optional-dependencies"])


@pytest.mark.usefixtures("capsys")
def test_the_project_wants_the_livekit_agents_that_offhook_wants(tmp_path: Path) -> None:
    init(tmp_path / "night-desk")
    made = tomllib.loads((tmp_path / "night-desk" / "pyproject.toml").read_text())["project"]["dependencies"]
    ours = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["dependencies"]
    wanted = next(one for one in ours if one.startswith("livekit-agents"))
    assert set(re.split(r"(?=[<>])|,", made[0])) == set(re.split(r"(?=[<>])|,", wanted))


def test_the_python_of_the_project_compiles_and_is_clean(tmp_path: Path) -> None:
    files = [name for name in FILES if name.endswith(".py")]
    project().write(tmp_path)
    for name in files:
        compile((tmp_path / name).read_text(), name, "exec")
    for check in (["check", "--isolated", "--select", "E,F,I,B,UP,W,D2,D3"], ["format", "--isolated", "--check"]):
        command = [sys.executable, "-m", "ruff", *check, *files]
        done = subprocess.run(command, cwd=tmp_path, check=False, capture_output=True, text=True, timeout=60)
        assert done.returncode == 0, done.stdout


def test_livekit_finds_the_agent_without_being_told_its_name() -> None:
    # The names that LiveKit's command line searches for.
    assert {"main.py", "app.py", "agent.py"} & set(FILES) == {"agent.py"}
    assert "\nserver = serve(plan)\n" in project().text("agent.py")


def test_the_example_of_an_environment_names_settings_only() -> None:
    names = re.findall(r"^(\w+)=$", project().text(".env.example"), re.MULTILINE)
    assert set(names) <= set(variable_names())
    assert names[:3] == ["LIVEKIT_URL", "LIVEKIT_API_KEY", "LIVEKIT_API_SECRET"]


@ORIGINS
def test_the_image_has_two_stages_and_starts_the_worker_as_user_10001(offhook: InstallSource) -> None:
    told = instructions(project(offhook).text("Dockerfile"))
    known = {"FROM", "ENV", "WORKDIR", "RUN", "COPY", "ARG", "VOLUME", "USER", "HEALTHCHECK", "STOPSIGNAL", "CMD"}
    assert {word for word, _ in told} == known
    assert [rest.partition(" ")[2] for word, rest in told if word == "FROM"] == ["AS build", ""]
    assert ("RUN", "useradd --uid 10001 --home-dir /app --no-create-home appuser") in told
    assert ("USER", "10001:10001") in told
    assert json.loads(dict(told)["CMD"]) == ["python", "agent.py", "start"]


@pytest.mark.parametrize(
    ("offhook", "context", "copied"),
    [
        (INDEX, None, []),
        (GIT, None, []),
        (
            FOLDER,
            "/srv/off hook",
            [[part, f"/srv/off hook/{part}"] for part in ("pyproject.toml", "README.md", "LICENSE", "src")],
        ),
        (WHEEL, "/srv", [["offhook-0.1.0-py3-none-any.whl", "/srv/offhook-0.1.0-py3-none-any.whl"]]),
    ],
    ids=["index", "git", "folder", "file"],
)
def test_the_image_finds_an_offhook_of_this_machine_where_the_project_names_it(
    offhook: InstallSource, context: str | None, copied: list[list[str]]
) -> None:
    made = project(offhook)
    told = instructions(made.text("Dockerfile"))
    asked = [rest.removeprefix("--from=offhook ") for word, rest in told if word == "COPY" and "=offhook " in rest]
    assert [json.loads(rest) for rest in asked] == copied
    contexts = yaml.safe_load(made.text("compose.yaml"))["services"]["worker"]["build"].get("additional_contexts")
    assert contexts == ({"offhook": context} if context else None)
    assert ("--build-context" in made.text("README.md")) == (context is not None)
    assert ("--from=offhook" in made.text("README.md")) == (context is not None)


def test_compose_gives_the_worker_the_way_to_the_server_beside_it() -> None:
    services = yaml.safe_load(project().text("compose.yaml"))["services"]
    server, worker = services["livekit"], services["worker"]
    config = yaml.safe_load(server["environment"]["LIVEKIT_CONFIG"])
    told = worker["environment"]
    assert server["image"] == "livekit/livekit-server:v1.2.3"
    assert config["keys"] == {told["LIVEKIT_API_KEY"]: told["LIVEKIT_API_SECRET"]}
    assert len(told["LIVEKIT_API_SECRET"]) >= 32
    assert told["LIVEKIT_URL"] == f"ws://127.0.0.1:{config['port']}"
    assert worker["network_mode"] == "service:livekit"
    assert all(one.startswith("127.0.0.1:") for one in server["ports"]), "nobody else may come in with these keys"


def test_compose_waits_longer_than_the_calls_may_go_on() -> None:
    worker = yaml.safe_load(project().text("compose.yaml"))["services"]["worker"]
    assert int(worker["stop_grace_period"].removesuffix("s")) >= worker["environment"]["OFFHOOK_DRAIN"] + 30


@pytest.mark.parametrize("name", [".dockerignore", ".gitignore"])
def test_keys_and_calls_stay_out_of_git_and_of_images(name: str) -> None:
    lines = set(project().text(name).splitlines())
    assert {".env.local", ".offhook/"} <= lines or {".env*", ".offhook"} <= lines


@pytest.mark.parametrize(
    ("wanted", "better"),
    [
        ("My Agent", "my-agent"),
        ("night_desk", "night-desk"),
        ("9to5", "to5"),
        ("Ünal", "unal"),
        ("日本", "my-agent"),
        ("livekit-agents", "my-livekit-agents"),
        ("x" * 60, "x" * 50),
    ],
)
def test_a_name_that_no_project_can_have_is_refused_with_one_that_it_can(
    tmp_path: Path, wanted: str, better: str
) -> None:
    with pytest.raises(OffhookError, match=rf"^'{wanted}' cannot be .*; try: offhook init {tmp_path}/{better}$"):
        init(tmp_path / wanted)
    assert list(tmp_path.iterdir()) == []
    init(tmp_path / better)


def test_a_folder_that_is_there_may_have_any_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "My Agent").mkdir()
    monkeypatch.chdir(tmp_path / "My Agent")
    init(Path())
    assert tomllib.loads(Path("pyproject.toml").read_text())["project"]["name"] == "my-agent"


def test_a_suggestion_can_always_be_taken() -> None:
    names = ["-", "1", "a--b", "OFFHOOK", "livekit", "a" * 49 + "-b", "x.y/z", "\n"]
    assert [suggest_name(suggest_name(name)) for name in names] == [suggest_name(name) for name in names]


def test_a_folder_with_files_is_refused_and_they_are_named(tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_text("mine")
    (tmp_path / "agent.py").write_text("mine")
    with pytest.raises(OffhookError, match=r" is not empty: it has agent\.py, notes\.txt; name a new or an empty fold"):
        init(tmp_path)
    assert {path.name: path.read_text() for path in tmp_path.iterdir()} == {"notes.txt": "mine", "agent.py": "mine"}


def test_of_many_files_in_the_way_five_are_named(tmp_path: Path) -> None:
    for number in range(8):
        (tmp_path / f"{number}.txt").touch()
    with pytest.raises(OffhookError, match=r"it has 0\.txt, 1\.txt, 2\.txt, 3\.txt, 4\.txt and 3 more; "):
        init(tmp_path)


def test_a_repository_without_files_is_an_empty_folder(tmp_path: Path) -> None:
    (tmp_path / "desk" / ".git").mkdir(parents=True)
    init(tmp_path / "desk")
    assert (tmp_path / "desk" / "agent.py").is_file()


def test_a_file_where_the_folder_should_be_is_refused(tmp_path: Path) -> None:
    (tmp_path / "desk").write_text("mine")
    with pytest.raises(OffhookError, match=r"desk is not a folder; name another one$"):
        init(tmp_path / "desk")
    with pytest.raises(OffhookError, match=r"cannot be written \(Not a directory\); choose another folder$"):
        init(tmp_path / "desk" / "inner")


def test_a_file_that_appears_meanwhile_is_not_overwritten(tmp_path: Path) -> None:
    (tmp_path / "Makefile").write_text("mine")
    with pytest.raises(FileExistsError):
        project().write(tmp_path)
    assert (tmp_path / "Makefile").read_text() == "mine"


def test_an_offhook_of_an_index_is_wanted_in_the_versions_that_are_like_it(tmp_path: Path) -> None:
    assert install_source(installed(tmp_path)) == INDEX
    assert install_source(installed(tmp_path, version="2.3.1")) == InstallSource("offhook>=2.3.1,<3")


@pytest.mark.parametrize(
    ("told", "expected"),
    [
        ({"url": "file:///srv/off%20hook", "dir_info": {"editable": True}}, FOLDER),
        ({"url": "file:///srv/off%20hook", "dir_info": {}}, FOLDER),
        ({"url": WHEEL.requirement.removeprefix("offhook @ "), "archive_info": {}}, WHEEL),
        (
            {"url": "https://example.org/offhook.git", "vcs_info": {"vcs": "git", "commit_id": "4a5b"}},
            GIT,
        ),
        (
            {"url": "https://example.org/all.zip", "archive_info": {}, "subdirectory": "python"},
            InstallSource("offhook @ https://example.org/all.zip#subdirectory=python", "url"),
        ),
    ],
    ids=["editable", "folder", "wheel", "git", "archive"],
)
def test_an_offhook_from_elsewhere_is_wanted_from_there(tmp_path: Path, told: object, expected: InstallSource) -> None:
    assert install_source(installed(tmp_path, told)) == expected


def test_a_password_in_an_address_does_not_get_into_the_project(tmp_path: Path) -> None:
    found = install_source(installed(tmp_path, {"url": "https://me:hush@example.org/offhook.whl", "archive_info": {}}))
    assert found.requirement == "offhook @ https://example.org/offhook.whl"


@pytest.mark.slow
def test_a_refusal_is_one_line_and_exit_code_2(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "offhook", "init", "My Agent"]
    done = subprocess.run(command, cwd=tmp_path, check=False, capture_output=True, text=True, timeout=60)
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr == (
        "offhook: 'My Agent' cannot be the project's name (a name has lower-case letters and digits, with single "
        "hyphens between them); try: offhook init my-agent\n"
    )
