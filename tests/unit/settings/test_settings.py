"""Where settings come from, which one wins, and what a misspelt name gets."""

from __future__ import annotations

from pathlib import Path

import pytest

from crushpad.settings import InvalidSettings, Loaded, Settings, load


@pytest.fixture
def config(tmp_path: Path) -> Path:
    path = tmp_path / "crushpad.toml"
    path.write_text('port = 1001\nbroker_port = 1002\nhost = "::1"\n')
    return path


def origin(loaded: Loaded, name: str) -> tuple[object, str]:
    (found,) = [entry for entry in loaded.effective() if entry["name"] == name]
    return found["value"], found["origin"]


def test_flags_win_over_the_environment_which_wins_over_the_file(config: Path):
    environ = {"CRUSHPAD_PORT": "2001", "CRUSHPAD_BROKER_PORT": "2002"}

    loaded = load({"port": 3001, "broker_port": None}, environ, config)

    assert origin(loaded, "port") == (3001, "flag --port")
    assert origin(loaded, "broker_port") == (2002, "environment CRUSHPAD_BROKER_PORT")
    assert origin(loaded, "host") == ("::1", f"file {config}")
    assert origin(loaded, "seal_threads") == (1, "default")


def test_the_environment_may_name_the_file(config: Path):
    assert load({}, {"CRUSHPAD_CONFIG": str(config)}).settings.port == 1001


def test_without_anything_the_defaults_hold():
    settings = load({}, {}).settings

    assert (settings.host, settings.port, settings.broker_port) == ("127.0.0.1", 9000, 8099)
    assert settings.zookeeper is None
    assert settings.data_dir == Path(".crushpad")


def test_an_empty_variable_is_as_good_as_none():
    assert load({}, {"CRUSHPAD_ZOOKEEPER": ""}).settings.zookeeper is None


def test_a_misspelt_variable_is_reported_with_the_closest_name():
    (warning,) = load({}, {"CRUSHPAD_BROKR_PORT": "1", "CRUSHPAD_CACHE_DIR": "x", "HOME": "y"}).warnings

    assert "CRUSHPAD_BROKR_PORT" in warning
    assert "'CRUSHPAD_BROKER_PORT'" in warning


@pytest.mark.parametrize(
    ("text", "named", "hint"),
    [("prot = 1", "'prot'", "'port'"), ("[query]\ntimeout_ms = 5", "'query.timeout_ms'", "'query_timeout_ms'")],
)
def test_an_unknown_name_in_the_file_is_an_error_with_the_closest_name(
    tmp_path: Path, text: str, named: str, hint: str
):
    path = tmp_path / "crushpad.toml"
    path.write_text(text)

    with pytest.raises(InvalidSettings) as refused:
        load({}, {}, path)

    for part in (str(path), named, hint):
        assert part in str(refused.value)


@pytest.mark.parametrize("content", [b"port = ", b"\xff\xfe", None])
def test_a_file_that_cannot_be_read_is_named(tmp_path: Path, content: bytes | None):
    path = tmp_path / "crushpad.toml"
    if content is not None:
        path.write_bytes(content)

    with pytest.raises(InvalidSettings, match=r"crushpad\.toml"):
        load({}, {}, path)


def test_a_wrong_value_is_named_with_its_origin_and_what_would_be_right():
    with pytest.raises(InvalidSettings) as refused:
        load({"port": 70_000}, {"CRUSHPAD_SEAL_THREADS": "many", "CRUSHPAD_LOG_FORMAT": "xml"})

    problems = {problem.partition(" ")[0]: problem for problem in refused.value.problems}
    for name, parts in {
        "port": ("flag --port", "70000", "65535"),
        "seal_threads": ("environment CRUSHPAD_SEAL_THREADS", "'many'", "integer"),
        "log_format": ("environment CRUSHPAD_LOG_FORMAT", "'xml'", "'text'"),
    }.items():
        assert [part for part in parts if part not in problems[name]] == []


@pytest.mark.parametrize("address", ["zk:2181", "a:1,b:2", "127.0.0.1:2181/house/one"])
def test_a_zookeeper_address_has_hosts_ports_and_perhaps_a_chroot(address: str):
    assert load({"zookeeper": address}, {}).settings.zookeeper == address


@pytest.mark.parametrize("address", ["zk", "zk:port", "zk:2181,", "/chroot", "zk:2181 /x"])
def test_any_other_zookeeper_address_is_refused(address: str):
    with pytest.raises(InvalidSettings, match="HOST:PORT"):
        load({"zookeeper": address}, {})


def test_every_setting_says_what_it_is_for():
    assert [name for name, field in Settings.model_fields.items() if not field.description] == []
