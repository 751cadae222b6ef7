/* SPDX-License-Identifier: AGPL-3.0-or-later
 *
 * RMS of the alternating part of each analogue channel over whole mains cycles.
 *
 * A window of 200 ms holds 10 cycles at 50 Hz and 12 at 60 Hz (IEC 61000-4-30, 4.4), so what is
 * left of a cycle at its end is nothing, and the figure stands still on a steady current.
 */
#ifndef LOQUET_RMS_H
#define LOQUET_RMS_H

#include <stdint.h>

#define RMS_SAMPLES 400
#define RMS_WINDOW_MS 200

struct rms_result {
    uint16_t rms;  /* 1/16 of an ADC step */
    uint16_t mean; /* 1/16 of an ADC step */
    uint16_t peak; /* ADC steps from the middle, 512 */
};

void rms_sample(uint8_t channel, uint16_t value); /* from the interrupt */
void rms_step(void);                              /* from the main loop: works out a finished window */
struct rms_result rms_read(uint8_t channel);      /* of the last window, zeros before the first */
uint16_t rms_windows(void);

#endif
