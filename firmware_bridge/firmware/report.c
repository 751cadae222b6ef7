/* SPDX-License-Identifier: AGPL-3.0-or-later
 * See report.h; offsets are those of protocol.h. */
#include "report.h"

#include <string.h>

#include "app.h"
#include "bytes.h"
#include "estop.h"
#include "faults.h"
#include "hal.h"
#include "inputs.h"
#include "protocol.h"
#include "relays.h"
#include "rms.h"
#include "wiegand.h"

#ifndef LOQUET_BUILD
#error "LOQUET_BUILD is the build id, 8 characters: see the Makefile"
#endif
_Static_assert(sizeof LOQUET_BUILD == LQ_SIZE_BUILD + 1, "LOQUET_BUILD must have 8 characters");

uint8_t report_flags(void) {
    uint8_t pressed = estop_pressed() ? LQ_FLAG_ESTOP_PRESSED : 0;
    uint8_t latched = estop_latched() ? LQ_FLAG_ESTOP_LATCHED : 0;
    return pressed | latched;
}

void report_hello(uint8_t *body, const struct report_counts *counts) {
    body[0] = HAL_RELAYS;
    body[1] = hal_input_mask();
    body[2] = HAL_ADCS;
    body[3] = HAL_READERS;
    body[4] = HAL_SENSE_INPUT;
    body[5] = hal_boot_reason();
    body[6] = report_flags();
    put16(body + 8, LQ_TTL_MIN_MS);
    put16(body + 10, LQ_TTL_MAX_MS);
    put32(body + 12, counts->last_seq);
    put32(body + 16, app_uptime());
    put16(body + 20, RMS_WINDOW_MS);
    memcpy(body + 22, LOQUET_BUILD, LQ_SIZE_BUILD);
}

void report_status(uint8_t *body) {
    uint16_t left_ms[HAL_RELAYS];
    relays_left(left_ms);
    body[0] = hal_relays_register();
    body[1] = hal_relays_pins();
    body[2] = inputs_levels();
    body[3] = report_flags();
    put16(body + 4, faults_bits());
    put32(body + 6, app_uptime());
    for (uint8_t relay = 0; relay < HAL_RELAYS; relay++) {
        put16(body + 10 + 2 * relay, left_ms[relay]);
    }
}

static void put_edges(uint8_t *at) {
    for (uint8_t input = 0; input < HAL_INPUTS; input++) {
        uint16_t edges;
        inputs_read(input, &edges);
        put16(at + 2 * input, edges);
    }
    put16(at + 2 * LQ_INPUT_ESTOP, estop_edges());
}

void report_all(uint8_t *body, const struct report_counts *counts) {
    report_status(body);
    put_edges(body + 18);
    for (uint8_t reader = 0; reader < HAL_READERS; reader++) {
        put16(body + 36 + 2 * reader, wiegand_count(reader));
    }
    put16(body + 40, counts->bad_frames);
    put16(body + 42, counts->refused);
    put16(body + 44, faults_events_lost());
    put16(body + 46, rms_windows());
    for (uint8_t channel = 0; channel < HAL_ADCS; channel++) {
        struct rms_result result = rms_read(channel);
        put16(body + 48 + 2 * channel, result.rms);
        put16(body + 52 + 2 * channel, result.mean);
        put16(body + 56 + 2 * channel, result.peak);
    }
    put16(body + 60, hal_free_ram());
}
