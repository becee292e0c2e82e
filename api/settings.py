"""What the surroundings decide: read once from the environment, then passed along as one frozen value."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from ipaddress import ip_network
from pathlib import Path
from typing import Literal, TypeVar
from urllib.parse import urlsplit

from sync.limits import Limits

SECRET_LENGTH_MIN = 32

IN_FILES = ("CARNET_DATABASE_URL", "CARNET_REDIS_URL", "CARNET_SECRET", "CARNET_METRICS_TOKEN")

_ROOT = Path(__file__).resolve().parent.parent


class SettingsError(ValueError):
    """A variable of the environment holds what cannot be used; the message names it."""


@dataclass(frozen=True, slots=True)
class Settings:
    """Where the data lives and under which address people reach it.

    `public_url` is an origin (scheme, host, port) or None; with https in it, the session cookie is Secure.
    Without `redis_url` this process serves alone; with it, `secret` signs what processes say to each other.
    `trusted_proxies` are addresses and networks whose X-Forwarded headers are believed. `log_form` None: by whether
    somebody sits at a terminal.
    """

    database_url: str
    data_dir: Path
    public_url: str | None = None
    redis_url: str | None = None
    secret: str = ""
    trusted_proxies: tuple[str, ...] = ()
    metrics_token: str = ""
    log_form: Literal["json", "text"] | None = None
    log_level: Literal["debug", "info", "warning"] = "info"
    web_dir: Path = _ROOT / "web" / "dist"
    limits: Limits = field(default_factory=Limits)

    @property
    def blobs_dir(self) -> Path:
        """Where blobs.py keeps its files."""
        return self.data_dir / "blobs"

    @property
    def imports_dir(self) -> Path:
        """Where files wait until their import is done."""
        return self.data_dir / "imports"

    @property
    def secure(self) -> bool:
        """Whether people come over https."""
        return self.public_url is not None and self.public_url.startswith("https://")


def read_settings(environment: Mapping[str, str]) -> Settings:
    """Read the CARNET_ variables; whatever is unset has a default that serves one machine.

    What may be secret can also stand in a file: CARNET_SECRET_FILE names one that holds CARNET_SECRET.
    """
    environment = {**environment, **_from_files(environment)}
    data_dir = Path(environment.get("CARNET_DATA_DIR") or "var").resolve()
    redis_url, secret = environment.get("CARNET_REDIS_URL") or None, environment.get("CARNET_SECRET", "")
    if redis_url and urlsplit(redis_url).scheme not in ("redis", "rediss", "unix"):
        raise SettingsError("CARNET_REDIS_URL: expected an address such as redis://127.0.0.1:6379")
    if redis_url and len(secret) < SECRET_LENGTH_MIN:
        raise SettingsError(
            f"CARNET_SECRET: with CARNET_REDIS_URL it signs what processes say to each other. Give all of them the "
            f"same {SECRET_LENGTH_MIN} characters or more, such as the output of: openssl rand -hex 32"
        )
    return Settings(
        database_url=environment.get("CARNET_DATABASE_URL") or f"sqlite:///{data_dir / 'carnet.db'}",
        data_dir=data_dir,
        public_url=_public_url(environment.get("CARNET_PUBLIC_URL")),
        redis_url=redis_url,
        secret=secret,
        trusted_proxies=_networks(environment.get("CARNET_TRUSTED_PROXIES", "")),
        metrics_token=environment.get("CARNET_METRICS_TOKEN", ""),
        log_form=_one_of(environment, "CARNET_LOG", ("json", "text"), None),
        log_level=_one_of(environment, "CARNET_LOG_LEVEL", ("debug", "info", "warning"), "info"),
    )


def _from_files(environment: Mapping[str, str]) -> dict[str, str]:
    found = {}
    for name in IN_FILES:
        if file := environment.get(f"{name}_FILE"):
            if environment.get(name):
                raise SettingsError(f"{name} and {name}_FILE: expected one of the two")
            try:
                found[name] = Path(file).read_text().strip()
            except (OSError, UnicodeDecodeError) as error:
                raise SettingsError(f"{name}_FILE: {file} cannot be read: {type(error).__name__}") from error
    return found


def _networks(words: str) -> tuple[str, ...]:
    networks = tuple(word.strip() for word in words.split(",") if word.strip())
    for network in networks:
        try:
            ip_network(network)
        except ValueError as error:
            raise SettingsError(f"CARNET_TRUSTED_PROXIES: {error}") from error
    return networks


W = TypeVar("W")


def _one_of(environment: Mapping[str, str], name: str, words: tuple[W, ...], otherwise: W | None) -> W:
    given = environment.get(name) or otherwise
    if given not in (*words, otherwise):
        raise SettingsError(f"{name}: expected one of {', '.join(map(str, words))}, got {given!r}")
    return given  # type: ignore[return-value]  # one of them, as has just been seen


def _public_url(url: str | None) -> str | None:
    if not url:
        return None
    parts = urlsplit(url)
    if parts.scheme not in ("http", "https") or not parts.hostname or parts.path.strip("/") or parts.query:
        raise SettingsError(f"CARNET_PUBLIC_URL: expected an address such as https://carnet.example, got {url!r}")
    return origin_of(url)


def origin_of(url: str) -> str:
    """The origin of a URL as browsers write it: lower case, without a scheme's own port."""
    parts = urlsplit(url)
    host = (parts.hostname or "").lower()
    host = f"[{host}]" if ":" in host else host
    port = "" if parts.port in (None, {"http": 80, "https": 443}.get(parts.scheme)) else f":{parts.port}"
    return f"{parts.scheme}://{host}{port}"
