/* SPDX-License-Identifier: AGPL-3.0-or-later
 *
 * Wiegand readers: pulses to bits, bits to a frame with a verdict (protocol.h, WIEGAND).
 *
 * SIA AC-01-1996.10 (26-bit Wiegand): both lines rest high; a bit is a low pulse of 20 to 100 us on
 * DATA0 or DATA1, 200 us to 20 ms after the one before. A bit that does not fit is not guessed at: it
 * spoils its frame, which is told as noise. Pulses of a few microseconds are no bits, only spikes.
 */
#ifndef LOQUET_WIEGAND_H
#define LOQUET_WIEGAND_H

#include <stdbool.h>
#include <stdint.h>

#include "protocol.h"

#define WIEGAND_BYTES (LQ_WIEGAND_BITS_MAX / 8)

struct wiegand_frame {
    uint8_t bits; /* how many came, at most 255 */
    bool noise;
    uint16_t count; /* frames from this reader until now, modulo 65536 */
    uint8_t data[WIEGAND_BYTES];
};

void wiegand_edge(uint8_t lines, uint16_t clock); /* from the interrupt, see app_wiegand_edge */
void wiegand_lost(uint8_t lines);                 /* edges went by unseen: what is being received is noise */
void wiegand_tick(void);                          /* each millisecond, from the interrupt */
uint8_t wiegand_verdict(const struct wiegand_frame *frame); /* LQ_WIEGAND_* */

/* The finished frame of a reader, once. lost: how many finished ones found its place still taken. */
bool wiegand_take(uint8_t reader, struct wiegand_frame *frame, uint8_t *lost);
uint16_t wiegand_count(uint8_t reader);

#endif
