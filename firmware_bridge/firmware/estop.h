/* SPDX-License-Identifier: AGPL-3.0-or-later
 *
 * The local E-stop: cuts by itself within 3 ms, and stays latched through everything but RESET_ESTOP.
 *
 * A normally closed contact to ground: an open contact, a broken wire and a missing button all read
 * high, which is pressed. The latch is kept in the store; a damaged record counts as latched.
 */
#ifndef LOQUET_ESTOP_H
#define LOQUET_ESTOP_H

#include <stdbool.h>
#include <stdint.h>

void estop_init(void);
bool estop_tick(void); /* each millisecond, from the interrupt: whether power must be cut */
void estop_step(void); /* from the main loop: brings the latch to the store */

bool estop_pressed(void);
bool estop_latched(void);
bool estop_blocks(void);        /* pressed, latched, or not known yet */
bool estop_reset(void);         /* false, and still latched, while pressed */
bool estop_store_damaged(void); /* found at start: mended since, by a record that says latched */
uint16_t estop_edges(void);

#endif
