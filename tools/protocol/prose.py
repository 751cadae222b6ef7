"""The prose of protocol.md: the rules that types can't express."""

INTRODUCTION = """\
# Loquet MQTT protocol, version 1

This protocol connects a hub, which has a site's facts, and the agents that decide at its doors and
machines. This page is enough to write an agent in any language. For programs, `asyncapi.json`
beside it says the same. `python -m tools.protocol` generates both from `controller/wire`; don't
edit them.

Facts flow down as numbered rows, events flow up as a numbered journal. Both can be interrupted at
any point, repeated and resumed. Only what is stored at either end counts, never what the broker
accepted.
"""

GROUND = """\
## Ground rules

- Use MQTT 5 only, over TLS 1.3 with a client certificate. Its common name is the client's user name
  and client id: the agent's id, or `hub-NAME`. Clean Start, Session Expiry 0, TCP_NODELAY.
  A bridge needs `bridge_protocol_version mqttv50`, and must not remap topics.
- A payload is one JSON object in UTF-8, of at most 256 KiB (262,144 bytes).
- Every message has `kind` and `v`. Reject a message with a duplicate key in an object at any depth,
  a wrong type, a value out of range, a missing field without a default, an unknown `kind` or `v`,
  or nesting too deep to read. Reject only that message, count and report it, and keep receiving.
- **Unknown fields are ignored and counted**, at any depth. A row of an unknown table, or a command
  of an unknown type, counts as one and does not reject its message.
- An absent field has the default shown; a field without a default is required.
- Enumerations are closed in version 1. A *word* is from an open list: accept unknown ones.
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
- From a hub: the key must be in `hub_keys` of the `site` row. At first, use the `hub_keys` of the
  response to the claim. Trust a new key once a row signed with an old one contains it.
- Sign the last will when connecting, since its payload is fixed then.
- Drop, count and report a message that is unsigned, or signed wrongly or for another topic.
"""

ENROLMENT = """\
## Enrolment

All requests go to `https://HOST:PORT/api/v1` (`http` on loopback only), in JSON. The port is the
agents' own, 8885 unless `loquet setup controller` was given another: the pages' port may use a
certificate from another authority.

1. A manager creates the agent: `POST /agents` `{"id": "pi-workshop", "site_id": "lab", "name":
   {"en": "Workshop"}}` returns 201 with `claim_code`. It can be used once, for 10 minutes
   (`"valid_hours"` up to 24 on request). Its last 16 characters are the first 16 hex digits of
   SHA-256 over the CA's raw 32-byte public key.
2. The agent creates an Ed25519 key, for TLS and signing, and sends, without a token, `POST
   /agents/claim` `{"claim_code": "…", "csr": "-----BEGIN CERTIFICATE REQUEST-----…"}`. The
   subject of the request is ignored. The response, 201:

   | field | what |
   | --- | --- |
   | `agent_id`, `site_id` | slugs |
   | `certificate`, `ca` | PEM; valid for 90 days, notBefore 2020-01-01 for agents with no clock |
   | `mqtt` | `host`, `port` |
   | `hub_keys` | list of `kid`, `public_key` |
   | `credential_key` | base64url; the site's key for the HMACs of credentials |
   | `credential_generation` | the generation of that key; report it in `agent_status` |
   | `wiring` | `access_points` of the replaced agent's `agent_wiring`, or null |
   | `web_ca` | PEM; the authority of the pages, for people's commands on the Pi, or null |

   403 means that the code is unknown, used or expired, 422 that the request can't be certified.

   **Check the server**: the CA that the server's certificate leads to must be the `ca` of the
   response, and its public key must have the digits at the end of the claim code. Otherwise stop,
   and store nothing. Over `http` on loopback, only check the `ca` of the response. Later, check the
   broker's certificate against `ca` and the name `mqtt.host`.
3. To renew at two thirds of the certificate's life, send `GET /agents/{id}/renew`, without a token.
   It returns a `nonce`, valid for five minutes and once. Then send `POST /agents/{id}/renew`
   `{"csr": "…", "nonce": "…", "kid": "…", "sig": "…"}`, without a token. It returns `certificate`,
   `ca` and `web_ca`, `mqtt` as for the claim (the broker may have moved), `credential_generation`,
   and `credential_key`: null, or a key newer than the one that you reported. Then use both, the
   newer one first, and keep the previous one: while a site changes its key, rows exist under both.
   Sign the request with the current key, like a message whose topic is `agents/{id}/renew` and
   whose payload is the text of `csr`, LF, and `nonce`. It is also accepted after the certificate
   has expired, unless it was revoked. A request without `nonce`, which signs only `csr`, returns no
   `credential_key`.
4. `POST /agents/{id}/claim-code` (manager) returns a code to replace a dead Pi under the same id.

To assign an access point to an agent, set its `agent_id` with `POST /access-points` or
`PATCH /access-points/{id}` (manager). A hub may take a second to learn of it.
"""

POLICY = """\
## Policy, downwards

A site's facts are a set of rows, each with `table`, `key`, `version` and `value`. A change gives
the rows that it affects the site's next version. **A removed fact stays as a row with `value`
null**, so that agents that are behind learn of it; it counts in the digest.

- A `holder`'s key is the credential HMAC: base64url(HMAC-SHA-256(`credential_key`, ASCII of the
  credential id)). An agent never stores credential ids, and looks up a tap by its HMAC.
- A `card` row exists beside the `holder` of the same key if that badge can prove more than its
  number. `key` is 16 bytes under AES key wrap (RFC 3394); the wrapping key is HKDF-SHA-256 (RFC
  5869) of `credential_key`, 32 bytes, no salt, info `loquet/1 card key`, LF, the row's key. For
  `aes`, prove it with AuthenticateEV2First in slot 1 (NTAG 424 DNA, or the DESFire application
  F44C51). For `sun`, it is the SDMFileReadKey of the message in file 2 of an NTAG 424 DNA, whose
  counter must be above every one that you have seen from that card. If the proof fails, or you
  can't request it, the card counts as `uid`.
- `epoch` increases when a database is restored. It comes before `version` in every comparison.
- `digest` is the sum, as integers, of SHA-256(table LF key LF version in decimal) over all rows,
  including removed ones, modulo 2^256, in 64 hex digits. When a row changes, subtract the old term
  and add the new one.
- If the `needs` of a `point` row name a rule that you don't know, that point is out of service with
  reason `agent_too_old`, even if the rest of the value can't be read. The message is not rejected.
- For a row of a table that you don't know, keep table, key and version, since they count in the
  digest. Ignore its value.

On `policy_delta`:

1. Ignore it if (`epoch`, `to_version`) is not above your own.
2. If `epoch` and `from_version` are your own, apply all rows in one transaction, with version and
   digest. You may also do so if `from_version` is below your own version: rows that you have come
   again, so take a row only if it is newer. A hub sends such deltas when it takes over, or when
   many agents reconnect at once.
3. Otherwise wait 1 s, then 0 to 5 s of jitter, and sync unless you are up to date by then.

On `policy_head`: if epoch, version and digest are your own, your policy is as fresh as its arrival.
If it is ahead, sync. If the version is your own and the digest is not, sync from 0.
Refuse a lower epoch, or a lower version in the same epoch, and report it as `policy_rejected`.

To sync:

1. Send `sync_request` with a fresh `request_id`, your `epoch` and `since` = your version (both 0
   if you have nothing), and `after` null.
2. Accept only the `policy_page` with your `request_id`. If there is no answer in 5 s, with jitter,
   ask again for the same `after`, with another `request_id`.
3. Stage the page on disk. If `next` is not null, request it as `after`, with the same `epoch` and
   `since`, and another `request_id`. Pages may differ in `to_version`; remember the lowest. If
   `epoch` changes between pages, start again.
4. After the last page, apply all in one transaction, each row only if its version is above yours.
   With `snapshot`, delete rows that are on no page.
5. Your version is now the lowest `to_version`. If pages differed, sync again from there.

Until step 4, the old policy is in force. The response to a higher epoch is a snapshot.
The **age** of the policy counts from the newest signed head that agreed in epoch, version and
digest; on an untrusted clock, it is the stored age plus monotonic time since.
"""

EVENTS = """\
## Events, upwards

An agent writes each event into a journal that survives power cuts, and publishes it once it is on
disk. A journal is a *stream* with its own UUIDv7; a new journal is a new stream.

- In a stream, `seq` is 1, 2, 3, … `prev_hash`, the last field, is the SHA-256 of the previous
  event's JSON bytes, in hex; 64 zeros for seq 1. **The bytes of an event never change**: resend it
  byte for byte.
- An `event_batch` contains 1 to 100 events of one stream, and is at most 256 KiB. At most 4
  batches are unacknowledged. Retry after 10 s ± half, doubling to 5 minutes, and at once on
  reconnection. PUBACK reason 0x10 (no subscriber) means that there is no hub.
- Events of a batch, and batches, may come in any order, with gaps, and more than once.
- A batch that is not JSON in UTF-8 (`NaN`, half of a surrogate pair), or is itself invalid, can't
  be split: it is dropped as a whole, and never acknowledged. An invalid event in a valid batch goes
  to quarantine alone, and is acknowledged if its `seq` can be read.
- **Only `event_ack` frees an event**, never a PUBACK. It comes after the hub's commit: all up to
  `through`, and the ranges in `also`. One may answer several batches. `rejected` events are
  acknowledged too; the hub keeps them, lists them with the reason, and never wants them again.
- **Keep acknowledged events for 8 days**, at most 200,000 events, fewer if the disk is small: a
  database restored from a backup lacks newer ones. With `resume`, `through` and `also` are
  all that the hub holds. Offer again everything that you keep beyond, except what is on its way;
  earlier acknowledgements of these events no longer count. It comes with a hub's first
  acknowledgement of a stream, after your status, and again now and then; a second one does no
  harm. If the hub lacks events that you no longer keep, report them once, with `journal_degraded`,
  reason `not_kept`, `lost`, and the numbers in `text`.
- An event that you copy from a damaged journal to a new stream keeps its `event_id` and its
  other fields: a hub that has it accepts the new number for it.
- `fork`: the hub holds different bytes under one of these numbers, for example after an SD card was
  restored from an old copy. Open a new stream, and renumber the unacknowledged events.
- `at` is the wall clock, right or wrong; `clock_trusted` says which. With `boot_id` and
  `mono_ms`, the hub finds the true time later, from a trusted event of the same boot.
  If none ever comes, it takes the earliest possible time: that of the event before it, plus the
  monotonic time since that event, or since the boot.
- An event whose trusted `at` is more than 5 minutes after its arrival counts as one of an untrusted
  clock: it has bounds until such an event exists. Nothing takes effect later than it arrives. So
  does one whose trusted `at` is more than 5 minutes before that of an earlier event of its stream;
  after `journal_degraded`, the events that you copy may be older than that event.
- Credentials are HMACs and people are member references. No event has a name.

A clock is trusted after NTP, with a battery clock, or after a signed `policy_page` that answers a
request of this boot. Any other signed `at` is only a lower bound.

Don't trust a wall clock that is more than 5 minutes before the newest signed `at` plus monotonic
time since, even if NTP has set it, unless it goes on from a trusted time of this boot. If a signed
`at` is as far before an earlier one, a hub's clock was ahead: send a `sync_request`; the `at` of
its `policy_page` then replaces the earlier time.
"""

COMMANDS = """\
## Commands

1. Check the signature, then `boot_id`: a command for another boot is `refused` with reason
   `other_boot`.
2. If you have had this `command_id`, send the stored reply again, and do nothing.
3. *Now* is the greater of trusted wall time, and the newest signed `at` plus monotonic time since.
   If `expires_at` is past: `expired`.
4. A type that you don't know, or an access point that isn't yours: `refused` with a reason.
5. Record the command on disk, then act, then record and send the reply.

Commands are never retained, and have the deadline as their message expiry. *Out of service* is a
fact in the `point` row, not a command.
"""

PRESENCE = """\
## Agent status

- `agent_status` is retained. Send it with `online` true at each connection, after subscribing, and
  leave a last will on the same topic with `online` false and the same `connection`. `connection`
  increases with each connection, also across restarts; a hub ignores a lower one, so that a late
  will does no harm.
- After connecting, in this order: subscribe to `policy/#`, `ack`, `policy` and `command`; send
  status, points and wiring; then unacknowledged events.
- An agent without telemetry for 90 s is unknown. A `point_state` counts only while its agent is
  online.
- The broker's access list lets an agent write only agent messages, under its own id, and
  read only its own `ack`, `policy`, `command` and its site's `policy/#`. For other topics, SUBACK
  says *granted*, but nothing arrives.
- Of several hubs, each serves the sites whose lease it holds in the database (a fair share of them;
  a dead hub's sites move to another within 10 s), subscribes to their
  `loquet/1/{site}/agents/+/…`, and alone sends their heads, deltas, pages and commands. There are
  no shared subscriptions.
- A hub accepts from each agent what it may have unacknowledged, and serves agents in turn. Beyond a
  budget (64 MiB of batches at once, 16 KiB a second permanently), messages are dropped, not
  acknowledged: offer them again later, as always.
- The retained topics of a removed agent are cleared with an empty payload.
"""
