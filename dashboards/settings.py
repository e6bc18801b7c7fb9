"""How a server was started."""

from dataclasses import dataclass
from ipaddress import ip_address
from pathlib import Path

LOCAL_NAMES = ("localhost", "127.0.0.1", "[::1]")


@dataclass(frozen=True, slots=True)
class Settings:
    """Where the runs and scenarios are, where to listen, and who may write."""

    store: str
    scenarios: Path
    host: str = "127.0.0.1"
    port: int = 8050
    token: str | None = None
    keep_days: float | None = None

    @property
    def is_local(self) -> bool:
        """Whether only this machine can reach it."""
        try:
            return self.host == "localhost" or ip_address(self.host).is_loopback
        except ValueError:
            return False

    @property
    def names(self) -> tuple[str, ...] | None:
        """What a browser may call this machine; anything, where others can reach it."""
        own = f"[{self.host}]" if ":" in self.host else self.host
        return tuple(dict.fromkeys((*LOCAL_NAMES, own))) if self.is_local else None
