"""The sections and keys of config.toml, with what each may be."""

import re
from datetime import timedelta
from pathlib import Path
from typing import Annotated, Any, Literal

import msgspec

from controller.domain.ids import END, SLUG

Port = Annotated[int, msgspec.Meta(ge=1, le=65535)]
Slug = Annotated[str, msgspec.Meta(pattern=SLUG)]
Bind = Annotated[
    str, msgspec.Meta(pattern=r"^([A-Za-z0-9._-]+|\[[0-9A-Fa-f:.]+\]):[0-9]{1,5}" + END)
]
"""`HOST:PORT`, or `[ADDRESS]:PORT` of IPv6."""
WebAddress = Annotated[str, msgspec.Meta(pattern=r"^https?://[^ ]+" + END)]
LogServer = Annotated[str, msgspec.Meta(pattern=r"^(unix:/.+|(tcp|tls)://[^/ ]+:[0-9]{1,5})" + END)]
MAILBOX = r"^([^<>\r\n@]+ )?<?[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]+@[A-Za-z0-9.-]+>?" + END
_HOUR = "([01][0-9]|2[0-3]):[0-5][0-9]"
QUIET = f"^({_HOUR}-{_HOUR})?" + END
EVERYWHERE = "*"
Days = Annotated[int, msgspec.Meta(ge=1, le=36500)]
Months = Annotated[int, msgspec.Meta(ge=1, le=1200)]
Device = dict[str, Any]
"""A driver's table: `driver` and that driver's options, which the driver checks itself."""


class SettingsError(Exception):
    """One line that names the file, the key, and what is allowed."""


class _Section(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    pass


class SiteSettings(_Section, frozen=True):
    id: Slug = "site"
    name: Annotated[str, msgspec.Meta(min_length=1, max_length=80)] = "Loquet"
    time_zone: str = "Europe/Paris"
    language: Annotated[str, msgspec.Meta(pattern="^[a-z]{2,3}$")] = "fr"
    keys: str = "var/keys"
    """Folder with the CA, the hub's key and the site's credential key, made by `loquet init`."""


class DatabaseSettings(_Section, frozen=True):
    url: str = "sqlite:///var/loquet.db"


class RedisSettings(_Section, frozen=True):
    url: str = "embedded"


class MqttSettings(_Section, frozen=True):
    host: str = "127.0.0.1"
    port: Port = 8883
    bind: Annotated[str, msgspec.Meta(pattern=r"^[^ \n]+$")] | None = None
    """Where the broker listens; none: at `host` alone; `*`: at every address of this computer."""
    ca: str = "var/keys/ca.crt"
    cert: str = "var/keys/hub.crt"
    key: str = "var/keys/hub.key"
    broker_dir: str = "var/broker"
    """Folder of Mosquitto's generated configuration, ACL and CRL."""
    lease_s: Annotated[float, msgspec.Meta(ge=1, le=60)] = 7.0
    """A dead hub's sites go to another after this; the same for all hubs."""
    sites: tuple[Slug, ...] = ()
    """The sites whose agents connect to this broker, and no others; none: all that no other has.
    The same for all hubs of a broker."""

    @property
    def near(self) -> str:
        """Where a hub reaches the broker: one that listens everywhere is on this computer."""
        return "127.0.0.1" if self.bind == EVERYWHERE else self.host


class WebSettings(_Section, frozen=True):
    bind: Bind = "127.0.0.1:8000"
    threads: Annotated[int, msgspec.Meta(ge=16, le=1024)] = 258
    """Each open page holds one for its stream; eight are kept free of them."""
    public_url: WebAddress = "http://127.0.0.1:8000"
    agents_url: WebAddress | None = None
    """Where boxes claim, renew and fetch programs, under the authority that claim codes name;
    none: at `public_url`."""
    proxies: Annotated[int, msgspec.Meta(ge=0, le=8)] = 0
    """How many reverse proxies a request passes; each names whom it heard in X-Forwarded-For."""
    secret: str = "var/keys/web.secret"  # noqa: S105  a file's path
    bench_socket: str | None = None
    """Control socket of the simulated pins; set by the demo only."""

    @property
    def for_agents(self) -> str:
        """The address that a box is given."""
        return (self.agents_url or self.public_url).rstrip("/")


class RetentionSettings(_Section, frozen=True):
    """Retention periods of personal data; docs/dpo gives the reasons."""

    access_days: Days = 90
    """Movements and machine sessions by person; then without the person."""
    member_months: Months = 24
    """A member after the last subscription or pass has ended."""
    reason_months: Months = 12
    """Incident searches, and the words written for the audit."""


class MetricsSettings(_Section, frozen=True):
    bind: Bind | None = None
    """An address of its own for Prometheus, without a token: whoever reaches it reads them."""


class BackupSettings(_Section, frozen=True):
    """Where `loquet backup` puts its backups, by restic; off until both files' ways are set."""

    repository: Annotated[str, msgspec.Meta(min_length=1)] | None = None
    """A folder, `sftp:USER@HOST:/PATH`, `s3:https://HOST/BUCKET`, or whatever else restic knows."""
    password_file: str | None = None
    """File that holds its password, made by `loquet backup init`."""
    environment_file: str | None = None
    """File of NAME=VALUE lines for restic, such as the key of an S3."""
    options: tuple[Annotated[str, msgspec.Meta(pattern="^[a-z0-9.-]+=.*$")], ...] = ()
    """Of restic's `-o`, such as `sftp.command=…`."""
    keep_daily: Annotated[int, msgspec.Meta(ge=1, le=3650)] = 7
    keep_weekly: Annotated[int, msgspec.Meta(ge=0, le=520)] = 4
    keep_monthly: Annotated[int, msgspec.Meta(ge=0, le=120)] = 0
    hour: Annotated[int, msgspec.Meta(ge=0, le=23)] = 3
    """Of the site's time, from which on the day's backup is made."""
    weekday: Annotated[int, msgspec.Meta(ge=1, le=7)] | None = None
    """Once a week, on that day (1: Monday); without, every day."""
    late_hours: Annotated[int, msgspec.Meta(ge=1, le=8760)] = 48
    """Without a new one for so long there is an alarm; a week longer where one is made weekly."""

    @property
    def is_on(self) -> bool:
        """Whether there is a place to back up to."""
        return bool(self.repository and self.password_file)

    @property
    def is_folder(self) -> bool:
        """Whether they go into a folder of this computer."""
        return bool(self.repository) and not re.match("[a-z0-9]+:", self.repository or "")

    @property
    def late(self) -> timedelta:
        """After which time a new one is missed."""
        return timedelta(days=7 if self.weekday else 0, hours=self.late_hours)


class WebhooksSettings(_Section, frozen=True):
    allow_private: bool = False
    """Whether messages may go to this computer and to private networks."""


class OutsideBrokerSettings(_Section, frozen=True):
    """A broker of somebody else's; off until `host` is set."""

    host: str | None = None
    port: Port = 1883
    ca: str | None = None
    """File of the authority that the broker's certificate comes from; with it, TLS."""
    user: str | None = None
    password: str | None = None
    """File that holds it."""


class HomeAssistantSettings(OutsideBrokerSettings, frozen=True):
    """The broker that Home Assistant listens to, never the agents'; off until `host` is set."""

    prefix: Annotated[str, msgspec.Meta(pattern=r"^[A-Za-z0-9_-]+(/[A-Za-z0-9_-]+)*$")] = (
        "homeassistant"
    )
    """Where Home Assistant looks for devices."""


class FabomaticSettings(OutsideBrokerSettings, frozen=True):
    """The broker of FabOMatic's boards, never the agents'; off until `host` is set."""

    topic: Annotated[str, msgspec.Meta(pattern=r"^[A-Za-z0-9_-]+$")] = "machine"
    """Under which each board speaks, by its number."""
    access: str | None = None
    """Folder into which the broker's `acl` and `passwords` are written; with it, `user` too."""

    def __post_init__(self) -> None:
        """An access list without Loquet's own user would shut it out."""
        if self.access is not None and self.user is None:
            raise ValueError("access needs user: who Loquet is at that broker")


class MailSettings(_Section, frozen=True):
    """The place's mail server; off until `host` and `sender` are set."""

    host: Annotated[str, msgspec.Meta(pattern=r"^[A-Za-z0-9.:_-]{1,253}$")] | None = None
    port: Port = 587
    tls: Literal["starttls", "tls", "none"] = "starttls"
    """`none`: in the clear, for a server on this computer; never with a password."""
    ca: str | None = None
    """File of the authority of a server's own certificate; none: those of the system."""
    user: str | None = None
    password_file: str | None = None
    sender: Annotated[str, msgspec.Meta(pattern=MAILBOX)] | None = None
    """`loquet@place.example` or `La Fabrique <loquet@place.example>`."""
    reply_to: Annotated[str, msgspec.Meta(pattern=MAILBOX)] | None = None
    quiet: Annotated[str, msgspec.Meta(pattern=QUIET)] | None = "21:00-07:00"
    """When nobody is written to who need not be, by the place's time; empty: never quiet."""
    give_up_days: Annotated[int, msgspec.Meta(ge=1, le=30)] = 5

    @property
    def is_on(self) -> bool:
        """Whether there is a server to send by."""
        return bool(self.host and self.sender)


class OidcSettings(_Section, frozen=True):
    """A provider by which people sign in; off until `issuer`, `client_id` and its secret are."""

    issuer: WebAddress | None = None
    """Its address, below which `/.well-known/openid-configuration` lies."""
    client_id: str | None = None
    client_secret_file: str | None = None
    name: Annotated[str, msgspec.Meta(min_length=1, max_length=40)] = "OpenID Connect"
    """The label of its button."""
    scopes: tuple[Annotated[str, msgspec.Meta(pattern="^[!#-[\\]-~]+$")], ...] = (
        "openid",
        "email",
        "profile",
    )
    acr_values: str | None = None
    """What a provider is asked for, such as ProConnect's `eidas1`."""
    proves_two_factors: bool = False
    """Whether it asks for a second factor itself: then it is not asked for here."""
    recovery_login: str | None = None
    """Set, it is the only account that signs in otherwise than by the provider."""

    @property
    def is_on(self) -> bool:
        """Whether people sign in by it."""
        return bool(self.issuer and self.client_id and self.client_secret_file)


class ChatSettings(_Section, frozen=True):
    allow_private: bool = False
    """Whether alarms may be told to servers of this computer and of private networks."""


class SyslogSettings(_Section, frozen=True):
    """A town's log server, told of audit and alarms; off until `to` is set."""

    to: LogServer | None = None
    """`tls://HOST:6514`, `tcp://HOST:601` or `unix:/dev/log`."""
    ca: str | None = None
    """Whose certificate a `tls` server has; without, the system's."""
    cert: str | None = None
    """Of this computer, where the server asks for one, and its key."""
    key: str | None = None


class SpaceApiSettings(_Section, frozen=True):
    """For `/spaceapi.json`; off until `url` and `logo` are set."""

    url: WebAddress | None = None
    """The place's own pages."""
    logo: WebAddress | None = None
    email: str | None = None
    phone: str | None = None
    address: str | None = None
    """Street, postcode, town, country."""
    latitude: Annotated[float, msgspec.Meta(ge=-90, le=90)] | None = None
    longitude: Annotated[float, msgspec.Meta(ge=-180, le=180)] | None = None
    linked: tuple[WebAddress, ...] = ()
    """Endpoints of other places of the network."""


class AccessPointSettings(_Section, frozen=True):
    """The wiring of one access point."""

    id: Slug
    kind: Literal["machine", "door"]
    reader: Device | None = None
    power: Device | None = None
    cooling: Device | None = None
    strike: Device | None = None
    meter: Device | None = None
    job: Device | None = None
    """A second source beside `meter`, with the same drivers: the printer's own server, say."""
    indicator: Device | None = None
    inputs: dict[str, Device] = {}


class AgentSettings(_Section, frozen=True):
    id: Slug | None = None
    state_dir: str = "var/agent"
    pins: str = "auto"
    """gpiozero's choice of pins, or `sim:SOCKET` for simulated ones."""
    clock: Literal["auto", "trusted", "untrusted"] = "auto"
    journal_days: Annotated[int, msgspec.Meta(ge=0, le=31)] = 8
    """For how long events stay after the controller has acknowledged them: what it asks for again
    after a backup was restored."""
    plugs: str = "/etc/loquet/plugs.toml"
    """Where the plugs' broker is, on which plugs are looked for if this file is there."""
    programs: str | None = None
    """A folder for programs that the controller sends; none: the agent is upgraded by hand."""
    access_point: list[AccessPointSettings] = []


class Settings(_Section, frozen=True):
    """The whole configuration. Paths are absolute once loaded."""

    site: SiteSettings = SiteSettings()
    database: DatabaseSettings = DatabaseSettings()
    redis: RedisSettings = RedisSettings()
    mqtt: MqttSettings = MqttSettings()
    web: WebSettings = WebSettings()
    retention: RetentionSettings = RetentionSettings()
    metrics: MetricsSettings = MetricsSettings()
    backup: BackupSettings = BackupSettings()
    webhooks: WebhooksSettings = WebhooksSettings()
    mail: MailSettings = MailSettings()
    oidc: OidcSettings = OidcSettings()
    chat: ChatSettings = ChatSettings()
    syslog: SyslogSettings = SyslogSettings()
    spaceapi: SpaceApiSettings = SpaceApiSettings()
    home_assistant: HomeAssistantSettings = HomeAssistantSettings()
    fabomatic: FabomaticSettings = FabomaticSettings()
    agent: AgentSettings = AgentSettings()
    source: str = "config.toml"
    """The file that these settings came from, for messages."""

    @property
    def unfinished_swap(self) -> Path:
        """The note of a restore that was cut off (`controller.store.swap`)."""
        kind, _, path = self.database.url.partition(":///")
        there = Path(path) if kind == "sqlite" and path else Path(self.site.keys)
        return there.with_name("restore.swap")
