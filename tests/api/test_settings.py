"""What the environment says."""

from pathlib import Path

import pytest

from api.settings import SettingsError, origin_of, read_settings


def test_without_a_word_everything_lies_under_var() -> None:
    settings = read_settings({})
    assert settings.data_dir == Path("var").resolve()
    assert settings.database_url == f"sqlite:///{settings.data_dir / 'carnet.db'}"
    assert settings.public_url is None
    assert not settings.secure


def test_the_data_folder_moves_the_database_with_it(tmp_path: Path) -> None:
    assert read_settings({"CARNET_DATA_DIR": str(tmp_path)}).database_url == f"sqlite:///{tmp_path / 'carnet.db'}"


def test_an_address_in_https_makes_cookies_secure() -> None:
    settings = read_settings({"CARNET_PUBLIC_URL": "https://Carnet.Example:443/"})
    assert settings.public_url == "https://carnet.example"
    assert settings.secure


@pytest.mark.parametrize("address", ["carnet.example", "ftp://carnet.example", "https://", "https://a.example/path"])
def test_an_address_that_is_none_is_named(address: str) -> None:
    with pytest.raises(SettingsError, match="CARNET_PUBLIC_URL"):
        read_settings({"CARNET_PUBLIC_URL": address})


@pytest.mark.parametrize(
    ("address", "origin"),
    [
        ("http://localhost:80", "http://localhost"),
        ("http://localhost:8000/x", "http://localhost:8000"),
        ("https://[::1]:8443", "https://[::1]:8443"),
    ],
)
def test_an_origin_is_written_as_browsers_write_it(address: str, origin: str) -> None:
    assert origin_of(address) == origin


def test_processes_that_speak_over_redis_need_a_secret() -> None:
    environment = {"CARNET_REDIS_URL": "redis://127.0.0.1:6379"}
    for secret in ({}, {"CARNET_SECRET": "short"}):
        with pytest.raises(SettingsError, match="CARNET_SECRET"):
            read_settings(environment | secret)
    settings = read_settings(environment | {"CARNET_SECRET": "x" * 32})
    assert (settings.redis_url, settings.secret) == ("redis://127.0.0.1:6379", "x" * 32)
    with pytest.raises(SettingsError, match="CARNET_REDIS_URL"):
        read_settings({"CARNET_REDIS_URL": "localhost", "CARNET_SECRET": "x" * 32})


def test_a_secret_can_stand_in_a_file(tmp_path: Path) -> None:
    (tmp_path / "secret").write_text("s" * 32 + "\n")
    given = {"CARNET_REDIS_URL": "redis://there", "CARNET_SECRET_FILE": str(tmp_path / "secret")}
    assert read_settings(given).secret == "s" * 32
    with pytest.raises(SettingsError, match="expected one of the two"):
        read_settings({**given, "CARNET_SECRET": "t" * 32})
    with pytest.raises(SettingsError, match="cannot be read"):
        read_settings({**given, "CARNET_SECRET_FILE": str(tmp_path / "nowhere")})


def test_proxies_are_addresses_and_networks() -> None:
    assert read_settings({}).trusted_proxies == ()
    given = {"CARNET_TRUSTED_PROXIES": "127.0.0.1, 10.0.0.0/8,::1"}
    assert read_settings(given).trusted_proxies == ("127.0.0.1", "10.0.0.0/8", "::1")
    with pytest.raises(SettingsError, match="CARNET_TRUSTED_PROXIES"):
        read_settings({"CARNET_TRUSTED_PROXIES": "proxy.example"})


@pytest.mark.parametrize(("name", "word"), [("CARNET_LOG", "xml"), ("CARNET_LOG_LEVEL", "loud")])
def test_a_word_for_the_log_that_is_none_is_refused(name: str, word: str) -> None:
    with pytest.raises(SettingsError, match=name):
        read_settings({name: word})
