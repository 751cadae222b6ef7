/* SPDX-License-Identifier: AGPL-3.0-or-later
 * See ring.h. */
#include "ring.h"

#include "bytes.h"
#include "crc32.h"
#include "hal.h"

#define NUMBER_SIZE 4
#define BLANK 0xFF

/* To be asked first: the CRC-32 of FF FF FF FF is FF FF FF FF, so blank memory looks like a whole record. */
static bool blank(const uint8_t *record) {
    for (uint8_t at = 0; at < RING_RECORD; at++) {
        if (record[at] != BLANK) {
            return false;
        }
    }
    return true;
}

static bool whole(const uint8_t *record) {
    return get32(record + NUMBER_SIZE) == crc32(record, NUMBER_SIZE);
}

static uint16_t slot_at(const struct ring *ring, uint8_t slot) {
    return (uint16_t)(ring->at + slot * RING_RECORD);
}

static uint8_t after(const struct ring *ring, uint8_t slot) {
    return (uint8_t)((slot + 1) % ring->slots);
}

static void read(const struct ring *ring, uint8_t slot, uint8_t *record) {
    for (uint8_t byte = 0; byte < RING_RECORD; byte++) {
        record[byte] = hal_store_read((uint16_t)(slot_at(ring, slot) + byte));
    }
}

void ring_load(struct ring *ring) {
    ring->value = 0;
    ring->next = 0;
    ring->damaged = false;
    ring->left = 0;
    uint8_t damaged = 0;
    for (uint8_t slot = 0; slot < ring->slots; slot++) {
        uint8_t record[RING_RECORD];
        read(ring, slot, record);
        if (blank(record)) {
            continue;
        }
        if (!whole(record)) {
            ring->damaged = true;
            damaged = slot;
        } else if (get32(record) > ring->value) {
            ring->value = get32(record);
            ring->next = after(ring, slot);
        }
    }
    if (ring->damaged) {
        ring->next = damaged;
    }
}

void ring_begin(struct ring *ring, uint32_t value) {
    put32(ring->record, value);
    put32(ring->record + NUMBER_SIZE, crc32(ring->record, NUMBER_SIZE));
    ring->value = value;
    ring->left = RING_RECORD;
}

void ring_step(struct ring *ring) {
    if (ring->left && !hal_store_busy()) {
        uint8_t byte = (uint8_t)(RING_RECORD - ring->left);
        hal_store_write((uint16_t)(slot_at(ring, ring->next) + byte), ring->record[byte]);
        if (!--ring->left) {
            ring->next = after(ring, ring->next);
        }
    }
}

bool ring_idle(const struct ring *ring) { return !ring->left; }
