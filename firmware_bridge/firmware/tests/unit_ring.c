/* SPDX-License-Identifier: AGPL-3.0-or-later
 * The number that outlives power: never wrong, wherever power goes away. */
#include <string.h>

#include "hal_host.h"
#include "ring.h"
#include "unit.h"

#define SLOTS 5
#define AT 40

static struct ring loaded(void) {
    struct ring ring = {.at = AT, .slots = SLOTS};
    ring_load(&ring);
    return ring;
}

static void store(struct ring *ring, uint32_t value) {
    ring_begin(ring, value);
    while (!ring_idle(ring)) {
        ring_step(ring);
    }
}

static void the_newest_is_found_through_many_rounds(void) {
    host_reset();
    CHECK(loaded().value == 0 && !loaded().damaged);
    for (uint32_t value = 1; value < 4 * SLOTS; value++) {
        struct ring ring = loaded();
        store(&ring, value);
        CHECK(loaded().value == value && !loaded().damaged);
    }
}

static void cells_wear_evenly_and_no_other_is_touched(void) {
    host_reset();
    struct ring ring = loaded();
    store(&ring, 1);
    for (uint32_t at = 0; at < sizeof host.store; at++) {
        CHECK((at >= AT && at < AT + RING_RECORD) || host.store[at] == 0xFF);
    }
    store(&ring, 2);
    CHECK(host.store[AT] == 1 && host.store[AT + RING_RECORD] == 2);
}

static void a_write_cut_short_is_seen_and_then_mended(void) {
    for (long written = 0; written <= RING_RECORD; written++) {
        host_reset();
        struct ring ring = loaded();
        for (uint32_t value = 1; value <= SLOTS + 1; value++) {
            store(&ring, 0x10000 * value);
        }
        host.store_writes_left = written;
        store(&ring, 0x08090A0B);
        host.store_writes_left = 1000;
        struct ring after = loaded();
        CHECK(after.value == (written == RING_RECORD ? 0x08090A0B : 0x10000 * (SLOTS + 1)));
        CHECK(after.damaged == (written > 0 && written < RING_RECORD));
        store(&after, 0x0FFFFFFF);
        CHECK(loaded().value == 0x0FFFFFFF && !loaded().damaged);
    }
}

void test_ring(void) {
    the_newest_is_found_through_many_rounds();
    cells_wear_evenly_and_no_other_is_touched();
    a_write_cut_short_is_seen_and_then_mended();
}
