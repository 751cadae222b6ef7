/* SPDX-License-Identifier: AGPL-3.0-or-later
 * Bytes on the line to frames and back: COBS, 0x00, CRC-32 (protocol.h, FRAME). No hardware. */
#ifndef LOQUET_FRAMING_H
#define LOQUET_FRAMING_H

#include <stdbool.h>
#include <stdint.h>

#include "protocol.h"

/* Receives one frame after the other. All zero is its start. */
struct framing {
    uint8_t bytes[LQ_ENCODED_MAX]; /* encoded while they come, then decoded in place */
    uint8_t size;       /* of what has come since the last 0x00 */
    uint8_t frame_size; /* header and body of the frame just decoded */
    bool overlong;
    bool broken; /* the line lost or garbled a byte */
};

enum framing_result { FRAMING_NOTHING = -1, FRAMING_GOOD = LQ_GOOD /* else an LQ_BAD_* */ };

/* Takes a byte: FRAMING_NOTHING while a frame is unfinished, FRAMING_GOOD with header and body in
 * bytes[0 .. frame_size), or the LQ_BAD_* that the bytes since the last 0x00 were. */
int framing_take(struct framing *framing, uint8_t byte);

/* What has come of the present frame can't be trusted: it will count as LQ_BAD_CRC. */
void framing_break(struct framing *framing);

/* Puts the CRC after header and body (LQ_CRC_SIZE bytes of room there) and gives the size with it. */
uint8_t framing_seal(uint8_t *frame, uint8_t size);

/* COBS of a sealed frame and its 0x00, byte by byte to send(). */
void framing_send(const uint8_t *frame, uint8_t size, void (*send)(uint8_t byte));

#endif
