/* SPDX-License-Identifier: AGPL-3.0-or-later
 *
 * One number that outlives power, kept in a ring of records so that no cell wears out early:
 * a cell lives 100,000 writes (ATmega328P data sheet, Features), a ring of n records n times as long.
 *
 * A record is the number (u32) and its CRC-32. Numbers must rise from write to write: the largest
 * whole record is the newest. A write that power cut short leaves a damaged record, never a wrong one.
 */
#ifndef LOQUET_RING_H
#define LOQUET_RING_H

#include <stdbool.h>
#include <stdint.h>

#define RING_RECORD 8

struct ring {
    uint16_t at;    /* where it begins in the store */
    uint8_t slots;  /* how many records */
    uint8_t next;   /* the record to be written next: a damaged one first, to mend it */
    uint32_t value; /* 0 if there never was one */
    bool damaged;   /* a record that is neither whole nor blank was found */
    uint8_t left;   /* bytes still to be written */
    uint8_t record[RING_RECORD];
};

void ring_load(struct ring *ring);
void ring_begin(struct ring *ring, uint32_t value); /* only when ring_idle() */
void ring_step(struct ring *ring);                  /* writes a byte, when the store is ready */
bool ring_idle(const struct ring *ring);

#endif
