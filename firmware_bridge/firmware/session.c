/* SPDX-License-Identifier: AGPL-3.0-or-later
 * See session.h. */
#include "session.h"

#include <stdbool.h>

#include "bytes.h"
#include "estop.h"
#include "faults.h"
#include "framing.h"
#include "hal.h"
#include "message.h"
#include "relays.h"
#include "report.h"

#define ACCEPTED 0 /* else an LQ_NAK_* */
#define NO_SUCH_TYPE 0xFF

static struct framing framing;
static struct report_counts counts;

void session_init(uint32_t nonce) {
    framing = (struct framing){.size = 0};
    counts = (struct report_counts){.last_seq = 0};
    message_init(nonce);
}

static uint8_t size_of(uint8_t type) {
    switch (type) {
    case LQ_HELLO:
    case LQ_READ:
    case LQ_RESET_ESTOP:
        return 0;
    case LQ_SET:
    case LQ_RENEW:
        return LQ_SIZE_SET;
    case LQ_OFF:
        return LQ_SIZE_OFF;
    case LQ_CLEAR_FAULTS:
        return LQ_SIZE_CLEAR_FAULTS;
    default:
        return NO_SUCH_TYPE;
    }
}

/* RFC 1982, 3.2: newer means ahead by less than half of the circle. */
static bool newer(uint32_t seq) {
    uint32_t ahead = seq - counts.last_seq;
    return ahead && ahead < 0x80000000UL;
}

static uint8_t check_header(const uint8_t *frame, uint8_t size) {
    uint8_t type = frame[LQ_AT_TYPE];
    if (frame[LQ_AT_VERSION] != LQ_VERSION) {
        return LQ_NAK_VERSION;
    }
    if (size_of(type) == NO_SUCH_TYPE) {
        return LQ_NAK_TYPE;
    }
    if (size != LQ_HEADER_SIZE + size_of(type)) {
        return LQ_NAK_LENGTH;
    }
    if (get32(frame + LQ_AT_NONCE) != (type == LQ_HELLO ? 0 : message_nonce())) {
        return LQ_NAK_NONCE;
    }
    return type == LQ_HELLO || newer(get32(frame + LQ_AT_SEQ)) ? ACCEPTED : LQ_NAK_SEQ;
}

static bool relays_exist(uint8_t relays) { return relays && !(relays & ~HAL_RELAY_MASK); }

/* Under one lock, so that no E-stop can come between the question and the deed. */
static uint8_t power(uint8_t type, uint8_t relays, uint16_t ttl_ms) {
    if (!relays_exist(relays) || ttl_ms < LQ_TTL_MIN_MS || ttl_ms > LQ_TTL_MAX_MS) {
        return LQ_NAK_RANGE;
    }
    uint8_t before = hal_lock();
    uint8_t verdict = ACCEPTED;
    if (estop_blocks()) {
        verdict = LQ_NAK_ESTOP;
    } else if (type == LQ_SET) {
        relays_close(relays, ttl_ms);
    } else if (!relays_renew(relays, ttl_ms)) {
        verdict = LQ_NAK_EXPIRED;
    }
    hal_unlock(before);
    return verdict;
}

static uint8_t open_relays(uint8_t relays) {
    if (!relays_exist(relays)) {
        return LQ_NAK_RANGE;
    }
    relays_open(relays);
    return ACCEPTED;
}

static uint8_t perform(uint8_t type, const uint8_t *body) {
    switch (type) {
    case LQ_SET:
    case LQ_RENEW:
        return power(type, body[0], get16(body + 1));
    case LQ_OFF:
        return open_relays(body[0]);
    case LQ_RESET_ESTOP:
        return estop_reset() ? ACCEPTED : LQ_NAK_ESTOP_PRESSED;
    case LQ_CLEAR_FAULTS:
        faults_clear(get16(body));
        return ACCEPTED;
    default: /* HELLO and READ only ask */
        return ACCEPTED;
    }
}

static void refuse(uint8_t type, uint32_t seq, uint8_t reason) {
    count_up(&counts.refused);
    uint8_t *body = message_begin(LQ_NAK, seq);
    body[0] = reason;
    body[1] = type;
    put32(body + 2, counts.last_seq);
    message_end(LQ_SIZE_NAK);
}

static void answer(uint8_t type, uint32_t seq) {
    faults_step(); /* so that the answer tells what has just come about */
    if (type == LQ_HELLO) {
        report_hello(message_begin(LQ_HELLO_REPLY, seq), &counts);
        message_end(LQ_SIZE_HELLO_REPLY);
    } else if (type == LQ_READ) {
        report_all(message_begin(LQ_REPORT, seq), &counts);
        message_end(LQ_SIZE_REPORT);
    } else {
        report_status(message_begin(LQ_STATUS, seq));
        message_end(LQ_SIZE_STATUS);
    }
}

static void take_frame(const uint8_t *frame, uint8_t size) {
    uint8_t type = frame[LQ_AT_TYPE];
    uint32_t seq = get32(frame + LQ_AT_SEQ);
    uint8_t verdict = check_header(frame, size);
    if (verdict == ACCEPTED) {
        if (type != LQ_HELLO) {
            counts.last_seq = seq;
        }
        verdict = perform(type, frame + LQ_HEADER_SIZE);
    }
    if (verdict == ACCEPTED) {
        answer(type, seq);
    } else {
        refuse(type, seq, verdict);
    }
}

void session_byte(uint8_t byte) {
    int result = framing_take(&framing, byte);
    if (result == FRAMING_GOOD) {
        take_frame(framing.bytes, framing.frame_size);
    } else if (result != FRAMING_NOTHING) {
        count_up(&counts.bad_frames);
    }
}

void session_line_broken(void) {
    framing_break(&framing);
    faults_raise(LQ_FAULT_OVERRUN);
}

void session_boot(uint32_t seq) {
    hal_send(0); /* ends what the reset may have cut short */
    report_hello(message_begin(LQ_BOOT, seq), &counts);
    message_end(LQ_SIZE_HELLO_REPLY);
}
