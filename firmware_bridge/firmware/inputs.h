/* SPDX-License-Identifier: AGPL-3.0-or-later
 * Inputs after contact bounce, each change counted so that none is missed. */
#ifndef LOQUET_INPUTS_H
#define LOQUET_INPUTS_H

#include <stdint.h>

void inputs_init(void); /* the levels at start are no changes */
void inputs_tick(void); /* each millisecond, from the interrupt */
uint8_t inputs_levels(void);

/* The level of one input and its count of changes, of the same instant. Gives the level, 0 or 1. */
uint8_t inputs_read(uint8_t input, uint16_t *edges);

#endif
