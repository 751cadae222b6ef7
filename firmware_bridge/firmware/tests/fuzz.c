/* SPDX-License-Identifier: AGPL-3.0-or-later
 *
 * For libFuzzer: whatever comes down the line, no relay closes that was not asked for.
 *
 * The input is a script: raw bytes, whole frames with any header and body, milliseconds, E-stop. A model that
 * knows only protocol.h says which relays may be closed; the firmware may have fewer, never more.
 */
#include "app.h"
#include "frames.h"
#include "relays.h"

static uint8_t allowed;   /* relays that a good SET has closed since the last OFF, E-stop or timeout */
static uint16_t left[HAL_RELAYS];
static uint32_t last_seq;

static void model_time(uint32_t milliseconds) {
    for (unsigned relay = 0; relay < HAL_RELAYS; relay++) {
        left[relay] = (uint16_t)(left[relay] > milliseconds ? left[relay] - milliseconds : 0);
        if (!left[relay]) {
            allowed &= (uint8_t)~(1 << relay);
        }
    }
}

static void model_set(uint8_t relays, uint16_t ttl_ms) {
    for (unsigned relay = 0; relay < HAL_RELAYS; relay++) {
        if (relays & 1 << relay) {
            left[relay] = ttl_ms;
            allowed |= (uint8_t)(1 << relay);
        }
    }
}

static void model_frame(uint8_t type, uint32_t seq, uint32_t nonce, const uint8_t *body, uint8_t size) {
    uint32_t ahead = seq - last_seq;
    bool power = (type == LQ_SET || type == LQ_RENEW) && size == LQ_SIZE_SET;
    if (nonce != message_nonce() || !ahead || ahead >= 0x80000000UL) {
        return;
    }
    last_seq = seq;
    bool may = type == LQ_SET || !(body[0] & ~allowed);
    if (power && may && !(body[0] & 0xF0) && get16(body + 1) >= LQ_TTL_MIN_MS &&
        get16(body + 1) <= LQ_TTL_MAX_MS) {
        model_set(body[0], get16(body + 1));
    }
}

static void check(void) {
    if (host.relays & ~allowed) {
        __builtin_trap();
    }
}

struct script {
    const uint8_t *at;
    size_t left;
};

static uint8_t next(struct script *script) {
    if (!script->left) {
        return 0;
    }
    script->left--;
    return *script->at++;
}

static bool header_is_known(uint8_t type, uint8_t size) {
    static const uint8_t sizes[] = {0, 0, LQ_SIZE_SET, LQ_SIZE_SET, LQ_SIZE_OFF, 0, 0, LQ_SIZE_CLEAR_FAULTS};
    return type >= LQ_SET && type < sizeof sizes && size == sizes[type];
}

static void whole_frame(struct script *script) {
    uint8_t how = next(script);
    uint8_t type = next(script);
    uint8_t size = how % 8;
    uint32_t seq = last_seq + (uint32_t)(int8_t)next(script);
    uint32_t nonce = message_nonce() ^ (how & 0x80 ? next(script) : 0);
    uint8_t body[8];
    for (uint8_t at = 0; at < size; at++) {
        body[at] = next(script);
    }
    static const uint8_t delimiter = 0;
    host_send(&delimiter, 1); /* or bytes from before would swallow the frame, which the model can't know */
    wire_frame(type, seq, nonce, body, size);
    if (header_is_known(type, size)) {
        model_frame(type, seq, nonce, body, size);
    }
    host_send(wire_bytes, wire_size);
}

static void step(struct script *script) {
    uint8_t what = next(script);
    uint8_t byte;
    switch (what % 5) {
    case 0:
        byte = next(script);
        host_send(&byte, 1);
        break;
    case 1:
    case 2:
        whole_frame(script);
        break;
    case 3:
        host.estop_high = what & 0x80;
        break;
    default:
        byte = next(script);
        host_ms(byte);
        model_time(byte);
    }
    check();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    struct script script = {data, size};
    allowed = 0;
    last_seq = 0;
    memset(left, 0, sizeof left);
    host_reset();
    host_start();
    relays_open(HAL_RELAY_MASK); /* what the input before left closed */
    while (script.left) {
        step(&script);
    }
    return 0;
}
