"""What the surroundings decide: read once from the environment, then passed along as one frozen value."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

from sync.limits import Limits

_ROOT = Path(__file__).resolve().parent.parent


class SettingsError(ValueError):
    """A variable of the environment holds what cannot be used; the message names it."""


@dataclass(frozen=True, slots=True)
class Settings:
    """Where the data lives and under which address people reach it.

    `public_url` is an origin (scheme, host, port) or None; with https in it, the session cookie is Secure.
    """

    database_url: str
    data_dir: Path
    public_url: str | None = None
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
    """Read the CARNET_ variables; whatever is unset has a default that serves one machine."""
    data_dir = Path(environment.get("CARNET_DATA_DIR") or "var").resolve()
    return Settings(
        database_url=environment.get("CARNET_DATABASE_URL") or f"sqlite:///{data_dir / 'carnet.db'}",
        data_dir=data_dir,
        public_url=_public_url(environment.get("CARNET_PUBLIC_URL")),
    )


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
