/* SPDX-License-Identifier: AGPL-3.0-or-later
 *
 * Relays that stay closed only while their time runs.
 *
 * The time left is the one truth: each millisecond the output register is written from it, so a
 * bit that noise or a bug has flipped in the register lives for a millisecond. The time itself is
 * kept twice, once as its complement: where they differ the relay opens.
 */
#ifndef LOQUET_RELAYS_H
#define LOQUET_RELAYS_H

#include <stdbool.h>
#include <stdint.h>

#include "hal.h"

void relays_close(uint8_t relays, uint16_t ms); /* from the main loop, as all but relays_tick */
bool relays_renew(uint8_t relays, uint16_t ms); /* false, and nothing changed, if one of them is open */
void relays_open(uint8_t relays);
void relays_left(uint16_t left_ms[HAL_RELAYS]);
uint8_t relays_take_expired(void);  /* relays that opened because their time ran out, told once */
bool relays_take_mismatch(void);    /* whether pins differed from the register, told once */

/* Each millisecond, from the interrupt. cut opens all, whatever their time. */
void relays_tick(bool cut);

#endif
