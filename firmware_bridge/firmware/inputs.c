/* SPDX-License-Identifier: AGPL-3.0-or-later
 * See inputs.h. */
#include "inputs.h"

#include "hal.h"

#define QUIET_MS 5 /* contacts bounce for less: Ganssle, A Guide to Debouncing, 2004, measured 1.6 ms on average */

static volatile uint8_t levels;
static volatile uint16_t edges[HAL_INPUTS];
static uint8_t other_ms[HAL_INPUTS]; /* how long each has been at the other level */

void inputs_init(void) {
    levels = hal_inputs();
    for (uint8_t input = 0; input < HAL_INPUTS; input++) {
        edges[input] = 0;
        other_ms[input] = 0;
    }
}

void inputs_tick(void) {
    uint8_t changed = (uint8_t)(hal_inputs() ^ levels);
    for (uint8_t input = 0; input < HAL_INPUTS; input++) {
        uint8_t bit = (uint8_t)(1 << input);
        if (!(changed & bit)) {
            other_ms[input] = 0;
        } else if (++other_ms[input] == QUIET_MS) {
            other_ms[input] = 0;
            levels ^= bit;
            edges[input]++;
        }
    }
}

uint8_t inputs_levels(void) { return levels; }

uint8_t inputs_read(uint8_t input, uint16_t *count) {
    uint8_t before = hal_lock();
    uint8_t level = levels >> input & 1;
    *count = edges[input];
    hal_unlock(before);
    return level;
}
