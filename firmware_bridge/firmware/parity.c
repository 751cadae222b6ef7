/* SPDX-License-Identifier: AGPL-3.0-or-later
 *
 * The verdict on a Wiegand frame's parity bits.
 *
 * 26 bits: SIA AC-01-1996.10. 34 bits: the same with halves of 17. 37 bits: HID H10302 and H10304, whose
 * halves of 19 share the middle bit. In each the first bit makes its half even, the last makes its odd.
 */
#include "wiegand.h"

static uint8_t ones(const struct wiegand_frame *frame, uint8_t from, uint8_t to) {
    uint8_t count = 0;
    for (uint8_t bit = from; bit < to; bit++) {
        count = (uint8_t)(count + (frame->data[bit / 8] >> (7 - bit % 8) & 1));
    }
    return count;
}

uint8_t wiegand_verdict(const struct wiegand_frame *frame) {
    if (frame->noise) {
        return LQ_WIEGAND_NOISE;
    }
    uint8_t bits = frame->bits;
    if (bits != 26 && bits != 34 && bits != 37) {
        return LQ_WIEGAND_RAW;
    }
    uint8_t half = (uint8_t)((bits + 1) / 2);
    bool even = ones(frame, 0, half) % 2 == 0;
    bool odd = ones(frame, (uint8_t)(bits - half), bits) % 2 == 1;
    return even && odd ? LQ_WIEGAND_OK : LQ_WIEGAND_PARITY;
}
