/* SPDX-License-Identifier: AGPL-3.0-or-later
 * COBS: Cheshire and Baker, Consistent Overhead Byte Stuffing, IEEE/ACM Transactions on Networking 7(2), 1999. */
#include "framing.h"

#include "bytes.h"
#include "crc32.h"

#define COBS_LONGEST 0xFF

/* Decodes in place. False where a code reaches past the end. */
static bool decode(uint8_t *bytes, uint8_t *size) {
    uint8_t from = 0;
    uint8_t to = 0;
    while (from < *size) {
        uint8_t code = bytes[from++];
        if (code - 1 > *size - from) {
            return false;
        }
        for (uint8_t left = (uint8_t)(code - 1); left; left--) {
            bytes[to++] = bytes[from++];
        }
        if (code != COBS_LONGEST && from < *size) {
            bytes[to++] = 0;
        }
    }
    *size = to;
    return true;
}

static int judge(struct framing *framing, uint8_t *size) {
    if (framing->overlong) {
        return LQ_BAD_OVERLONG;
    }
    if (framing->broken) {
        return LQ_BAD_CRC;
    }
    if (!decode(framing->bytes, size)) {
        return LQ_BAD_COBS;
    }
    if (*size < LQ_FRAME_MIN) {
        return LQ_BAD_SHORT;
    }
    *size = (uint8_t)(*size - LQ_CRC_SIZE);
    return get32(framing->bytes + *size) == crc32(framing->bytes, *size) ? FRAMING_GOOD : LQ_BAD_CRC;
}

int framing_take(struct framing *framing, uint8_t byte) {
    if (byte) {
        if (framing->size < LQ_ENCODED_MAX) {
            framing->bytes[framing->size++] = byte;
        } else {
            framing->overlong = true;
        }
        return FRAMING_NOTHING;
    }
    uint8_t size = framing->size;
    int result = size || framing->broken ? judge(framing, &size) : FRAMING_NOTHING;
    framing->size = 0;
    framing->overlong = false;
    framing->broken = false;
    framing->frame_size = size;
    return result;
}

void framing_break(struct framing *framing) { framing->broken = true; }

uint8_t framing_seal(uint8_t *frame, uint8_t size) {
    put32(frame + size, crc32(frame, size));
    return (uint8_t)(size + LQ_CRC_SIZE);
}

void framing_send(const uint8_t *frame, uint8_t size, void (*send)(uint8_t byte)) {
    uint8_t at = 0;
    do {
        uint8_t end = at;
        while (end < size && frame[end]) {
            end++;
        }
        send((uint8_t)(end - at + 1)); /* a frame is shorter than COBS's longest run */
        while (at < end) {
            send(frame[at++]);
        }
        at++; /* the zero that the code stands for */
    } while (at <= size);
    send(0);
}
