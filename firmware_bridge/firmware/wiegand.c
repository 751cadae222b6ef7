/* SPDX-License-Identifier: AGPL-3.0-or-later
 * See wiegand.h. */
#include "wiegand.h"

#include "hal.h"

#define US(microseconds) ((uint16_t)((microseconds) * HAL_CLOCK_PER_US))
#define WIDTH_MIN US(10)     /* shorter: a spike. 20 us by the standard, less what an interrupt may have to wait */
#define WIDTH_MAX US(200)    /* 100 us by the standard; long cables stretch the end of a pulse */
#define DISTANCE_MIN US(150) /* from start to start. 200 us by the standard */
#define END_MS 25            /* 20 ms by the standard: then the frame is whole */
#define LINE_LOW_MAX_MS 2    /* the clock wraps after 32 ms, so what is longer is told by the tick */

struct reader {
    uint8_t low;       /* bit 0: DATA0 is low, bit 1: DATA1 */
    uint16_t fell;     /* when the present pulse began */
    uint16_t previous; /* when the bit before began */
    uint8_t quiet_ms;  /* since the last pulse */
    uint8_t low_ms;
    bool taken; /* next holds a frame that the main loop has not fetched */
    uint8_t lost;
    struct wiegand_frame frame; /* being received */
    struct wiegand_frame next;
};

static struct reader readers[HAL_READERS];
_Static_assert(HAL_READERS == 2, "wiegand_edge names each reader");

static void take_bit(struct reader *reader, bool one) {
    struct wiegand_frame *frame = &reader->frame;
    if (frame->bits < LQ_WIEGAND_BITS_MAX) {
        if (one) {
            frame->data[frame->bits / 8] |= (uint8_t)(0x80 >> frame->bits % 8);
        }
    } else {
        frame->noise = true;
    }
    if (frame->bits < UINT8_MAX) {
        frame->bits++;
    }
}

static void pulse_ended(struct reader *reader, bool one, uint16_t width) {
    if (width < WIDTH_MIN) {
        return;
    }
    bool near = reader->frame.bits && (uint16_t)(reader->fell - reader->previous) < DISTANCE_MIN;
    if (width > WIDTH_MAX || near) {
        reader->frame.noise = true;
    }
    reader->previous = reader->fell;
    reader->quiet_ms = 0;
    take_bit(reader, one);
}

static void reader_edge(struct reader *reader, uint8_t low, uint16_t clock) {
    uint8_t before = reader->low;
    reader->low = low;
    if (!before && (low == 1 || low == 2)) {
        reader->fell = clock;
        reader->low_ms = 0; /* pulses a millisecond apart may be low at every tick */
    } else if (!low && before != 3) {
        pulse_ended(reader, before == 2, (uint16_t)(clock - reader->fell));
    } else {
        reader->frame.noise = true; /* both lines at once */
    }
}

/* No loop: on an AVR a shift by a variable takes longer than the rest of this, and a spike that ends before this
 * does measures as long as this takes. */
void wiegand_edge(uint8_t lines, uint16_t clock) {
    uint8_t low0 = (uint8_t)~lines & 3;
    uint8_t low1 = (uint8_t)~lines >> 2 & 3;
    if (low0 != readers[0].low) {
        reader_edge(&readers[0], low0, clock);
    }
    if (low1 != readers[1].low) {
        reader_edge(&readers[1], low1, clock);
    }
}

void wiegand_lost(uint8_t lines) {
    for (uint8_t reader = 0; reader < HAL_READERS; reader++) {
        readers[reader].low = (uint8_t)~(lines >> 2 * reader) & 3;
        readers[reader].frame.noise = true;
    }
}

static void finish(struct reader *reader) {
    uint16_t count = (uint16_t)(reader->frame.count + 1);
    reader->frame.count = count;
    if (!reader->taken) {
        reader->next = reader->frame;
        reader->taken = true;
    } else if (reader->lost < UINT8_MAX) {
        reader->lost++;
    }
    reader->frame = (struct wiegand_frame){.count = count};
}

static void reader_tick(struct reader *reader) {
    if (reader->low) {
        if (reader->low_ms < LINE_LOW_MAX_MS) {
            reader->low_ms++;
        } else {
            reader->frame.noise = true;
        }
        return;
    }
    reader->low_ms = 0;
    if ((reader->frame.bits || reader->frame.noise) && ++reader->quiet_ms >= END_MS) {
        finish(reader);
        reader->quiet_ms = 0;
    }
}

void wiegand_tick(void) {
    for (uint8_t reader = 0; reader < HAL_READERS; reader++) {
        uint8_t before = hal_lock();
        reader_tick(&readers[reader]);
        hal_unlock(before);
    }
}

bool wiegand_take(uint8_t number, struct wiegand_frame *frame, uint8_t *lost) {
    struct reader *reader = &readers[number];
    uint8_t before = hal_lock();
    bool taken = reader->taken;
    *frame = reader->next;
    *lost = reader->lost;
    reader->taken = false;
    reader->lost = 0;
    hal_unlock(before);
    return taken;
}

uint16_t wiegand_count(uint8_t reader) {
    uint8_t before = hal_lock();
    uint16_t count = readers[reader].frame.count;
    hal_unlock(before);
    return count;
}
