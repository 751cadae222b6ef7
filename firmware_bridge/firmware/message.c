/* SPDX-License-Identifier: AGPL-3.0-or-later
 * See message.h. */
#include "message.h"

#include <string.h>

#include "bytes.h"
#include "framing.h"
#include "hal.h"

static uint8_t frame[LQ_FRAME_MAX];
static uint32_t session_nonce;

void message_init(uint32_t nonce) { session_nonce = nonce; }
uint32_t message_nonce(void) { return session_nonce; }

uint8_t *message_begin(uint8_t type, uint32_t seq) {
    memset(frame, 0, sizeof frame);
    frame[LQ_AT_VERSION] = LQ_VERSION;
    frame[LQ_AT_TYPE] = type;
    put32(frame + LQ_AT_SEQ, seq);
    put32(frame + LQ_AT_NONCE, session_nonce);
    return frame + LQ_HEADER_SIZE;
}

void message_end(uint8_t body_size) {
    framing_send(frame, framing_seal(frame, (uint8_t)(LQ_HEADER_SIZE + body_size)), hal_send);
}
