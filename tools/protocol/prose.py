"""What protocol.md says in words: the rules that types can't express."""

INTRODUCTION = """\
# Loquet MQTT protocol, version 1

Between a hub, which owns a site's facts, and the agents that decide at its doors and machines.
With this page alone an agent can be written in any language. `asyncapi.json` beside it says the
same to programs. Both are made from `controller/wire` by `python -m tools.protocol`; don't
edit them.

Facts flow down as numbered rows, events flow up as a numbered journal. Both can be interrupted
anywhere, repeated and resumed: what counts is what is stored at either end, never what the broker
took.
"""

GROUND = """\
## Ground rules

- MQTT 5 only, over TLS 1.3 with a client certificate, whose common name is the client's user name
  and client id: the agent's id, or `hub-NAME`. Clean Start, Session Expiry 0, TCP_NODELAY.
  A bridge needs `bridge_protocol_version mqttv50`, and must not remap topics.
- A payload is one JSON object in UTF-8, of at most 256 KiB (262,144 bytes).
- Every message has `kind` and `v`. Rejected, alone, counted and reported, never stopping the
  receiver: a key that comes twice in an object at any depth, a wrong type, a value out of range, a
  field missing that has no default, an unknown `kind` or `v`, nesting too deep to read.
- **Unknown fields are ignored and counted**, at any depth. A row of an unknown table, or a command
  of an unknown type, counts as one and does not reject its message.
- A field that is absent has the default shown; one without a default must be there.
- Enumerations are closed in version 1, and a *word* is of an open list: take those that you don't
  know.
- Durations and intervals are measured on a monotonic clock, never as differences of wall times.
"""

SIGNING = """\
## Signing

A signed message has the MQTT 5 user properties `kid` and `sig`, **exactly one of each**; other
user properties are ignored. The signature is Ed25519 (RFC 8032) over the bytes

```text
loquet/1 LF topic LF payload
```

with LF the one byte 0A, the topic as published (never the filter), and the
payload byte for byte. `sig` is its base64url without padding: 86 characters. `kid` is the first 16
hex digits of SHA-256 over the raw 32-byte public key.

- From an agent: the key must be the one in the certificate of the `{agent}` in the topic.
- From a hub: the key must be in `hub_keys` of the `site` row. At first these are the `hub_keys` of
  the answer to the claim. A new key is trusted once a row signed by an old one brings it.
- The last will is signed when connecting, since its payload is fixed then.
- A message that is unsigned, or signed wrongly or for another topic: dropped, counted, reported.
"""

ENROLMENT = """\
## Enrolment

Everything is under `https://HOST:PORT/api/v1` (`http` on loopback only), in JSON. The port is the
agents' own, 8885 where `loquet setup controller` was told no other: the pages' port may show a
certificate of others.

1. A manager makes the agent: `POST /agents` `{"id": "pi-workshop", "site_id": "lab", "name":
   {"en": "Workshop"}}` answers 201 with `claim_code`. It can be used once, for 10 minutes
   (`"valid_hours"` up to 24 on request). Its last 16 characters are the first 16 hex digits of
   SHA-256 over the CA's raw 32-byte public key.
2. The agent makes an Ed25519 key, which serves TLS and signing, and with no token sends `POST
   /agents/claim` `{"claim_code": "…", "csr": "-----BEGIN CERTIFICATE REQUEST-----…"}`. The
   subject of the request is ignored. The answer, 201:

   | field | what |
   | --- | --- |
   | `agent_id`, `site_id` | slugs |
   | `certificate`, `ca` | PEM; valid for 90 days, notBefore 2020-01-01 for agents with no clock |
   | `mqtt` | `host`, `port` |
   | `hub_keys` | list of `kid`, `public_key` |
   | `credential_key` | base64url; the site's key for the HMACs of credentials |
   | `credential_generation` | which of the site's keys that is; say it in `agent_status` |
   | `wiring` | `access_points` of the `agent_wiring` of the agent that it replaces, or null |
   | `web_ca` | PEM; the authority that the pages show, for people's commands on the Pi, or null |

   403 says that the code is unknown, used or expired, 422 that the request can't be certified.

   **Check the server**: the CA that the server's certificate leads to must be the `ca` of the
   answer, and its public key must have the digits at the end of the claim code. Else stop, and
   store nothing. Over `http` on loopback there is only the `ca` of the answer to check. Later
   check the broker's certificate against `ca` and the name `mqtt.host`.
3. `GET /agents/{id}/renew`, with no token, answers a `nonce`, good for five minutes and once. Then
   `POST /agents/{id}/renew` `{"csr": "…", "nonce": "…", "kid": "…", "sig": "…"}`, with no token,
   answers `certificate`, `ca` and `web_ca`, `mqtt` as the claim does (the broker may have moved),
   `credential_generation`, and `credential_key`: null, or a newer one than you said that you hold.
   Then use both, the newer one first, and keep the one before: rows are under both
   while a site changes its key. It is signed with the current key, as a message whose topic
   is `agents/{id}/renew` and whose payload is the text of `csr`, LF, and `nonce`. It is
   accepted after the certificate's end too, unless that was revoked. Renew at two thirds of its
   life. A request without `nonce`, which signs `csr` alone, brings no `credential_key`.
4. `POST /agents/{id}/claim-code` (manager) gives a code that replaces a dead Pi under the same id.

Which access points an agent may speak for is set on the access point: `POST /access-points`, or
`PATCH /access-points/{id}`, with `agent_id` (manager). A hub may take a second to learn of it.
"""

POLICY = """\
## Policy, downwards

A site's facts are a set of rows, each `table`, `key`, `version` and `value`. A change gives the
rows that it touches the site's next version. **A fact that is removed stays as a row with `value`
null**, so that those who are behind learn of it; it counts in the digest.

- A `holder`'s key is the credential HMAC: base64url(HMAC-SHA-256(`credential_key`, ASCII of the
  credential id)). An agent never stores credential ids, and looks a tap up by its HMAC.
- A `card` row stands beside the `holder` of the same key when that badge can prove more than its
  number. `key` is 16 bytes under AES key wrap (RFC 3394); the wrapping key is HKDF-SHA-256 (RFC
  5869) of `credential_key`, 32 bytes, no salt, info `loquet/1 card key`, LF, the row's key. For
  `aes` prove it with AuthenticateEV2First in slot 1 (NTAG 424 DNA, or the DESFire application
  F44C51); for `sun` it is the SDMFileReadKey of the message in file 2 of an NTAG 424 DNA, whose
  counter must be above every one that you have seen of that card. A card that fails, or that you
  can't ask, counts as `uid`.
- `epoch` is raised when a database is restored. It goes before `version` in every comparison.
- `digest` is the sum, as integers, of SHA-256(table LF key LF version in decimal) over all rows,
  removed ones too, modulo 2^256, in 64 hex digits. Subtract the old term and add the new one when
  a row changes.
- A `point` row whose `needs` names a rule that you don't know: that point is out of service with
  reason `agent_too_old`, even where the rest of the value can't be read. It does not reject the
  message.
- A row of a table that you don't know: keep table, key and version, since they count in the
  digest; ignore its value.

On `policy_delta`:

1. Ignore it when (`epoch`, `to_version`) is not above your own.
2. If `epoch` is your own, and `from_version` is your own version: apply all rows in one
   transaction, with version and digest. You may do so where it is below your own version, too: a
   row that you have is in it again, and each is taken only if newer. A hub that takes over sends
   such deltas, and so does one to which many agents come back at once.
3. Else wait 1 s, then 0 to 5 s of jitter, and sync unless something has brought you up to date.

On `policy_head`: if epoch, version and digest are your own, your policy is as fresh as its arrival.
If it is ahead, sync. If the version is your own and the digest is not, sync from 0.
Refuse, and report as `policy_rejected`, a lower epoch, or a lower version in the same epoch.

To sync:

1. Send `sync_request` with a fresh `request_id`, your `epoch` and `since` = your version (both 0
   when you have nothing), and `after` null.
2. Take only the `policy_page` with your `request_id`; no answer in 5 s, with jitter: ask again,
   with another `request_id`, for the same `after`.
3. Stage the page on disk. If `next` is not null, ask with it as `after`, the same `epoch` and
   `since`, and another `request_id`. Pages may differ in `to_version`; remember the lowest. If
   `epoch` changes between pages, begin again.
4. After the last page apply all in one transaction, a row only if its version is above the one that
   you have. With `snapshot`, rows that no page brought are gone.
5. Your version is now the lowest `to_version`. If pages differed, sync again from there.

Until step 4 the old policy is in force. A higher epoch is answered with a snapshot.
**Age** of the policy counts from the newest signed head that agreed in epoch, version and digest;
on an untrusted clock it is the stored age plus monotonic time since.
"""

EVENTS = """\
## Events, upwards

An agent writes each event into a journal that survives power cuts, and publishes it after it is on
disk. A journal is a *stream* with a UUIDv7 of its own; a new journal is a new stream.

- In a stream `seq` is 1, 2, 3, … `prev_hash`, the last field, is the SHA-256 of the previous
  event's JSON bytes, in hex; 64 zeros for seq 1. **The bytes of an event never change**: a resend
  is byte for byte the same.
- An `event_batch` holds 1 to 100 events of one stream, and may not exceed 256 KiB. At most 4
  batches are unacknowledged. Retry after 10 s ± half, doubling to 5 minutes, and at once on
  reconnection. PUBACK reason 0x10 (no subscriber) means that there is no hub.
- Events of a batch, and batches, may come in any order, with gaps, and more than once.
- A batch that is not JSON in UTF-8 (`NaN`, half of a surrogate pair), or is itself at fault, can't
  be taken apart: it is dropped whole, and acknowledged never. An event that is at fault within a
  good batch goes to quarantine alone, and is acknowledged if its `seq` can be read.
- **Only `event_ack` frees an event**, never a PUBACK. It comes after the hub's commit: all up to
  `through`, and the ranges in `also`. One may answer several batches. `rejected` events are
  acknowledged too; they are kept at the hub, listed with the reason, and never wanted again.
- **Keep what is acknowledged for 8 days**, at most 200,000 events, fewer when the disk says so: a
  database that is restored from a backup lacks what came since. `resume`: `through` and `also` are
  all that the hub holds. Offer again everything that you keep beyond, except what is on its way;
  what an older acknowledgement said of them no longer counts. It comes with a hub's first
  acknowledgement of a stream, after your status too, and again now and then; a second one does no
  harm. What the hub lacks and you keep no longer you say once, by `journal_degraded` with reason
  `not_kept`, `lost`, and the numbers in `text`.
- An event that you save from a damaged journal into a new stream keeps its `event_id` and its
  other fields: a hub that has it takes the new number for it.
- `fork`: the hub holds other bytes under one of these numbers, as after an SD card was put back to
  an old copy. Open a new stream, and number what is not acknowledged anew.
- `at` is the wall clock as it stood, right or wrong; `clock_trusted` says which. With `boot_id` and
  `mono_ms` the hub finds the true time later, from a trusted event of the same boot.
- An event whose trusted `at` is more than 5 minutes after it arrives counts as one of an untrusted
  clock: it has bounds until such an event is there. Nothing takes effect later than it arrives.
- Credentials are HMACs and people are member references. No event has a name.

A clock is trusted after NTP, with a battery clock, or after a signed `policy_page` that answers a
request of this boot. Any other signed `at` is only a floor.
"""

COMMANDS = """\
## Commands

1. Check the signature, then `boot_id`: a command for another boot is `refused` with reason
   `other_boot`.
2. A `command_id` that you have had: send the stored reply again, and do nothing.
3. *Now* is the greater of trusted wall time, and the newest signed `at` plus monotonic time since.
   If `expires_at` is past: `expired`.
4. A type that you don't know, or an access point that isn't yours: `refused` with a reason.
5. Record the command on disk, then act, then record and send the reply.

Commands are never retained, and have the deadline as their message expiry. *Out of service* is a
fact in the `point` row, not a command.
"""

PRESENCE = """\
## Agent status

- `agent_status` is retained: send it with `online` true at each connection, after subscribing, and
  leave a last will on the same topic with `online` false and the same `connection`. `connection`
  rises with each connection, through restarts; a hub ignores a lower one, so that a late will does
  no harm.
- After a connection, in this order: subscribe to `policy/#`, `ack`, `policy` and `command`; send
  status, points and wiring; then what is not acknowledged.
- An agent from which no telemetry came for 90 s is unknown. A `point_state` counts only while its
  agent is online.
- The broker's access list lets an agent write only what comes from agents, under its own id, and
  read only its own `ack`, `policy`, `command` and its site's `policy/#`. SUBACK says *granted* for
  more, and nothing arrives.
- Of several hubs, each serves the sites whose lease it holds in the database (a fair share of them;
  a dead hub's go to another within 10 s), subscribes to `loquet/1/{site}/agents/+/…` of these, and
  alone sends their heads, deltas, pages and commands. There are no shared subscriptions.
- A hub takes of each agent what it may have unacknowledged, and serves agents in turn. Beyond a
  budget (64 MiB of batches at once, 16 KiB a second for ever) messages are dropped, not
  acknowledged: offer them again later, as always.
- Retained topics of an agent that is removed are cleared with an empty payload.
"""
