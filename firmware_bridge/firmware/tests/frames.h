/* SPDX-License-Identifier: AGPL-3.0-or-later
 * Frames as a host builds them, and the last answer taken apart, for tests. */
#ifndef LOQUET_TEST_FRAMES_H
#define LOQUET_TEST_FRAMES_H

#include <string.h>

#include "app.h"
#include "bytes.h"
#include "framing.h"
#include "hal_host.h"
#include "message.h"
#include "protocol.h"

static uint8_t wire_bytes[2 * LQ_FRAME_MAX];
static uint32_t wire_size;

static inline void wire_put(uint8_t byte) { wire_bytes[wire_size++] = byte; }

/* A whole frame on the wire, in wire_bytes. */
static inline void wire_frame(uint8_t type, uint32_t seq, uint32_t nonce, const uint8_t *body, uint8_t size) {
    uint8_t frame[LQ_FRAME_MAX];
    frame[LQ_AT_VERSION] = LQ_VERSION;
    frame[LQ_AT_TYPE] = type;
    put32(frame + LQ_AT_SEQ, seq);
    put32(frame + LQ_AT_NONCE, nonce);
    for (uint8_t at = 0; at < size; at++) {
        frame[LQ_HEADER_SIZE + at] = body[at];
    }
    wire_size = 0;
    framing_send(frame, framing_seal(frame, (uint8_t)(LQ_HEADER_SIZE + size)), wire_put);
}

/* Sends a frame; what the firmware sent meanwhile is in host.sent from 0. */
static inline void ask(uint8_t type, uint32_t seq, const uint8_t *body, uint8_t size) {
    wire_frame(type, seq, type == LQ_HELLO ? 0 : message_nonce(), body, size);
    host.sent_size = 0;
    host_send(wire_bytes, wire_size);
}

static inline void ask_power(uint8_t type, uint32_t seq, uint8_t relays, uint16_t ttl_ms) {
    uint8_t body[LQ_SIZE_SET] = {relays};
    put16(body + 1, ttl_ms);
    ask(type, seq, body, sizeof body);
}

/* The first frame sent with this type, or NULL. */
static inline const struct framing *sent_frame(uint8_t type) {
    static struct framing framing;
    framing = (struct framing){.size = 0};
    for (uint32_t at = 0; at < host.sent_size; at++) {
        if (framing_take(&framing, host.sent[at]) == FRAMING_GOOD && framing.bytes[LQ_AT_TYPE] == type) {
            return &framing;
        }
    }
    return NULL;
}

/* Reason of the NAK that came, 0 if none did. */
static inline uint8_t nak_reason(void) {
    const struct framing *nak = sent_frame(LQ_NAK);
    return nak ? nak->bytes[LQ_HEADER_SIZE] : 0;
}

#endif
