"""The sections and keys of config.toml, with their types and limits."""

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
"""`HOST:PORT`, or `[ADDRESS]:PORT` for IPv6."""
WebAddress = Annotated[str, msgspec.Meta(pattern=r"^https?://[^ ]+" + END)]
LogServer = Annotated[str, msgspec.Meta(pattern=r"^(unix:/.+|(tcp|tls)://[^/ ]+:[0-9]{1,5})" + END)]
_WORD = "[A-Za-z0-9!#$%&'*+/=^_`{|}~-]+"
MAILBOX = rf"^([^<>\r\n@]+ )?<?{_WORD}(\.{_WORD})*@[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)*>?" + END
"""Pattern of a mailbox: an address, or a name and an address."""
_HOUR = "([01][0-9]|2[0-3]):[0-5][0-9]"
QUIET = f"^({_HOUR}-{_HOUR})?" + END
"""Pattern of quiet hours, such as `21:00-07:00`; empty: none."""
EVERYWHERE = "*"
"""As the broker's `bind`: listen at all addresses."""
Days = Annotated[int, msgspec.Meta(ge=1, le=36500)]
Months = Annotated[int, msgspec.Meta(ge=1, le=1200)]
Device = dict[str, Any]
"""A driver's table: `driver`, and options that the driver checks itself."""


class SettingsError(Exception):
    """The configuration is invalid; the message is one line with the file, the key and what is
    allowed."""


class _Section(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    pass


class SiteSettings(_Section, frozen=True):
    id: Slug = "site"
    name: Annotated[str, msgspec.Meta(min_length=1, max_length=80)] = "Loquet"
    time_zone: str = "Europe/Paris"
    language: Annotated[str, msgspec.Meta(pattern="^[a-z]{2,3}$")] = "fr"
    keys: str = "var/keys"
    """Folder with the CA, the hub's key and the site's credential key, created by `loquet init`."""


class DatabaseSettings(_Section, frozen=True):
    url: str = "sqlite:///var/loquet.db"


class RedisSettings(_Section, frozen=True):
    url: str = "embedded"


class MqttSettings(_Section, frozen=True):
    host: str = "127.0.0.1"
    port: Port = 8883
    bind: Annotated[str, msgspec.Meta(pattern=r"^[^ \n]+$")] | None = None
    """Where the broker listens; none: only at `host`; `*`: at every address of this computer."""
    ca: str = "var/keys/ca.crt"
    cert: str = "var/keys/hub.crt"
    key: str = "var/keys/hub.key"
    broker_dir: str = "var/broker"
    """Folder for Mosquitto's generated configuration, ACL and CRL."""
    lease_s: Annotated[float, msgspec.Meta(ge=1, le=60)] = 7.0
    """Seconds after which a dead hub's sites go to another hub; the same for all hubs."""
    sites: tuple[Slug, ...] = ()
    """The sites whose agents connect to this broker; none: all sites that no other broker has.

    The same for all hubs of a broker.
    """

    @property
    def hub_host(self) -> str:
        """Return the host of the broker for hubs, this computer's if it listens everywhere."""
        return "127.0.0.1" if self.bind == EVERYWHERE else self.host


class WebSettings(_Section, frozen=True):
    bind: Bind = "127.0.0.1:8000"
    threads: Annotated[int, msgspec.Meta(ge=16, le=1024)] = 258
    """Each open page occupies one thread for its stream; eight are reserved for other requests."""
    public_url: WebAddress = "http://127.0.0.1:8000"
    agents_url: WebAddress | None = None
    """Address at which boxes are enrolled, renew certificates and fetch programs; its certificate
    is from the authority that claim codes name. None: at `public_url`."""
    proxies: Annotated[int, msgspec.Meta(ge=0, le=8)] = 0
    """Number of reverse proxies in front; each adds the client's address to X-Forwarded-For."""
    secret: str = "var/keys/web.secret"  # noqa: S105  a file's path
    agent_packages: str = "/usr/local/share/loquet"
    """Folder of root's with the agent's Debian packages, which are offered to Pis."""
    bench_socket: str | None = None
    """Control socket of the simulated pins; only the demo sets it."""

    @property
    def for_agents(self) -> str:
        """Return the address that boxes get."""
        return (self.agents_url or self.public_url).rstrip("/")


class RetentionSettings(_Section, frozen=True):
    """Retention periods of personal data; docs/dpo gives the reasons."""

    access_days: Days = 90
    """Days for which movements and machine sessions are kept with the person; then without."""
    member_months: Months = 24
    """Months for which a member is kept after the last subscription or pass has ended."""
    reason_months: Months = 12
    """Months for which incident searches and reasons in the audit are kept."""


class MetricsSettings(_Section, frozen=True):
    bind: Bind | None = None
    """A separate address for Prometheus, without a token: anybody who reaches it can read the
    metrics."""


class BackupSettings(_Section, frozen=True):
    """Where `loquet backup` stores backups, by restic; off until `repository` and `password_file`
    are set."""

    repository: Annotated[str, msgspec.Meta(min_length=1)] | None = None
    """A folder, `sftp:USER@HOST:/PATH`, `s3:https://HOST/BUCKET`, or any other repository of
    restic."""
    password_file: str | None = None
    """File with the repository's password, created by `loquet backup init`."""
    environment_file: str | None = None
    """File with NAME=VALUE lines for restic, such as the key of an S3."""
    options: tuple[Annotated[str, msgspec.Meta(pattern="^[a-z0-9.-]+=.*$")], ...] = ()
    """Options for restic's `-o`, such as `sftp.command=…`."""
    keep_daily: Annotated[int, msgspec.Meta(ge=1, le=3650)] = 7
    keep_weekly: Annotated[int, msgspec.Meta(ge=0, le=520)] = 4
    keep_monthly: Annotated[int, msgspec.Meta(ge=0, le=120)] = 0
    hour: Annotated[int, msgspec.Meta(ge=0, le=23)] = 3
    """Hour of the site's time from which the day's backup is made."""
    weekday: Annotated[int, msgspec.Meta(ge=1, le=7)] | None = None
    """Weekday of the backup (1: Monday), for one backup a week; none: every day."""
    late_hours: Annotated[int, msgspec.Meta(ge=1, le=8760)] = 48
    """Hours without a new backup after which an alarm is raised; a week longer with weekly
    backups."""

    @property
    def is_on(self) -> bool:
        """Return whether backups are configured."""
        return bool(self.repository and self.password_file)

    @property
    def is_folder(self) -> bool:
        """Return whether backups are stored in a folder of this computer."""
        return bool(self.repository) and not re.match("[a-z0-9]+:", self.repository or "")

    @property
    def late(self) -> timedelta:
        """Return the age of the last backup from which the next one is late."""
        return timedelta(days=7 if self.weekday else 0, hours=self.late_hours)


class WebhooksSettings(_Section, frozen=True):
    allow_private: bool = False
    """Whether messages may be sent to this computer and to private networks."""


class OutsideBrokerSettings(_Section, frozen=True):
    """A broker that is not the agents'; off until `host` is set."""

    host: str | None = None
    port: Port = 1883
    ca: str | None = None
    """File with the certificate authority of the broker; if set, TLS is used."""
    user: str | None = None
    password: str | None = None
    """File with the password."""


class HomeAssistantSettings(OutsideBrokerSettings, frozen=True):
    """Home Assistant's broker, which must not be the agents'; off until `host` is set."""

    prefix: Annotated[str, msgspec.Meta(pattern=r"^[A-Za-z0-9_-]+(/[A-Za-z0-9_-]+)*$")] = (
        "homeassistant"
    )
    """Prefix of the topics under which Home Assistant discovers devices."""


class FabomaticSettings(OutsideBrokerSettings, frozen=True):
    """The broker of FabOMatic's boards, which must not be the agents'; off until `host` is set."""

    topic: Annotated[str, msgspec.Meta(pattern=r"^[A-Za-z0-9_-]+$")] = "machine"
    """Topic below which each board publishes, followed by its number."""
    access: str | None = None
    """Folder for the broker's generated `acl` and `passwords`; requires `user`."""

    def __post_init__(self) -> None:
        """Raise ValueError for `access` without `user`: the access list would lock Loquet out."""
        if self.access is not None and self.user is None:
            raise ValueError("access needs user: the name of Loquet at that broker")


class MailSettings(_Section, frozen=True):
    """The mail server; off until `host` and `sender` are set."""

    host: Annotated[str, msgspec.Meta(pattern=r"^[A-Za-z0-9.:_-]{1,253}$")] | None = None
    port: Port = 587
    tls: Literal["starttls", "tls", "none"] = "starttls"
    """`none`: unencrypted, for a server on this computer; not allowed with a password."""
    ca: str | None = None
    """File with the authority of the server's certificate; none: those of the system."""
    user: str | None = None
    password_file: str | None = None
    sender: Annotated[str, msgspec.Meta(pattern=MAILBOX)] | None = None
    """`loquet@place.example` or `La Fabrique <loquet@place.example>`."""
    reply_to: Annotated[str, msgspec.Meta(pattern=MAILBOX)] | None = None
    quiet: Annotated[str, msgspec.Meta(pattern=QUIET)] | None = "21:00-07:00"
    """Hours, in the site's time, in which only urgent messages are sent; empty: none."""
    give_up_days: Annotated[int, msgspec.Meta(ge=1, le=30)] = 5

    @property
    def is_on(self) -> bool:
        """Return whether mail is configured."""
        return bool(self.host and self.sender)


class OidcSettings(_Section, frozen=True):
    """An OpenID provider for sign-in; off until `issuer`, `client_id` and `client_secret_file` are
    set."""

    issuer: WebAddress | None = None
    """The provider's address; `/.well-known/openid-configuration` is below it."""
    client_id: str | None = None
    client_secret_file: str | None = None
    name: Annotated[str, msgspec.Meta(min_length=1, max_length=40)] = "OpenID Connect"
    """The label of the sign-in button."""
    scopes: tuple[Annotated[str, msgspec.Meta(pattern="^[!#-[\\]-~]+$")], ...] = (
        "openid",
        "email",
        "profile",
    )
    acr_values: str | None = None
    """Requested authentication level, such as ProConnect's `eidas1`."""
    proves_two_factors: bool = False
    """Whether the provider asks for a second factor itself; Loquet then doesn't."""
    recovery_login: str | None = None
    """If set, the only account that can sign in without the provider."""

    @property
    def is_on(self) -> bool:
        """Return whether sign-in through the provider is configured."""
        return bool(self.issuer and self.client_id and self.client_secret_file)


class ChatSettings(_Section, frozen=True):
    allow_private: bool = False
    """Whether alarms may be sent to servers on this computer and in private networks."""


class SyslogSettings(_Section, frozen=True):
    """A log server that gets audit entries and alarms; off until `to` is set."""

    to: LogServer | None = None
    """`tls://HOST:6514`, `tcp://HOST:601` or `unix:/dev/log`."""
    ca: str | None = None
    """File with the authority of a `tls` server's certificate; none: those of the system."""
    cert: str | None = None
    """This computer's certificate and its key, if the server asks for one."""
    key: str | None = None


class SpaceApiSettings(_Section, frozen=True):
    """Settings of `/spaceapi.json`; off until `url` and `logo` are set."""

    url: WebAddress | None = None
    """The fablab's own web site."""
    logo: WebAddress | None = None
    email: str | None = None
    phone: str | None = None
    address: str | None = None
    """Street, postcode, town, country."""
    latitude: Annotated[float, msgspec.Meta(ge=-90, le=90)] | None = None
    longitude: Annotated[float, msgspec.Meta(ge=-180, le=180)] | None = None
    linked: tuple[WebAddress, ...] = ()
    """Endpoints of other sites of the network."""


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
    """A second source besides `meter` that shows whether a job runs, such as a printer's server; it
    has the same drivers."""
    indicator: Device | None = None
    inputs: dict[str, Device] = {}


class AgentSettings(_Section, frozen=True):
    id: Slug | None = None
    state_dir: str = "var/agent"
    pins: str = "auto"
    """gpiozero's pin factory, or `sim:SOCKET` for simulated pins."""
    clock: Literal["auto", "trusted", "untrusted"] = "auto"
    journal_days: Annotated[int, msgspec.Meta(ge=0, le=31)] = 8
    """Days for which events are kept after the controller has acknowledged them; it asks for them
    again after a restore."""
    plugs: str = "/etc/loquet/plugs.toml"
    """File with the address of the plugs' broker; plugs are looked for if the file exists."""
    programs: str | None = None
    """Folder for programs from the controller; none: the agent is upgraded by hand."""
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
    """The file that these settings were read from, for messages."""

    @property
    def unfinished_swap(self) -> Path:
        """Return the file with the note of an interrupted restore (`controller.store.swap`)."""
        kind, _, path = self.database.url.partition(":///")
        neighbour = Path(path) if kind == "sqlite" and path else Path(self.site.keys)
        return neighbour.with_name("restore.swap")
