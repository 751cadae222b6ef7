/* SPDX-License-Identifier: AGPL-3.0-or-later
 *
 * See events.h. No queue: an event is the difference between what is and what was told, so a line that
 * is too slow makes events fewer, and their counts tell how many each stands for.
 */
#include "events.h"

#include <stdbool.h>
#include <string.h>

#include "app.h"
#include "bytes.h"
#include "estop.h"
#include "faults.h"
#include "hal.h"
#include "inputs.h"
#include "message.h"
#include "protocol.h"
#include "report.h"
#include "session.h"
#include "wiegand.h"

static uint32_t seq;
static uint8_t turn;
static uint16_t told[LQ_EDGE_COUNTERS];

void events_init(void) {
    seq = 0;
    turn = 0;
    memset(told, 0, sizeof told);
}

static uint8_t read_input(uint8_t input, uint16_t *edges) {
    if (input != LQ_INPUT_ESTOP) {
        return inputs_read(input, edges);
    }
    *edges = estop_edges();
    return estop_pressed();
}

static bool tell_input(uint8_t input) {
    uint16_t edges;
    uint8_t high = read_input(input, &edges);
    if (edges == told[input]) {
        return false;
    }
    told[input] = edges;
    uint8_t *body = message_begin(LQ_INPUT, ++seq);
    body[0] = input;
    body[1] = high;
    put16(body + 2, edges);
    put32(body + 4, app_uptime());
    message_end(LQ_SIZE_INPUT);
    return true;
}

static bool tell_reader(uint8_t reader) {
    struct wiegand_frame frame;
    uint8_t lost;
    bool taken = wiegand_take(reader, &frame, &lost);
    faults_lost_events(lost);
    if (!taken) {
        return false;
    }
    uint8_t *body = message_begin(LQ_WIEGAND, ++seq);
    body[0] = reader;
    body[1] = wiegand_verdict(&frame);
    body[2] = frame.bits;
    put16(body + 4, frame.count);
    put32(body + 6, app_uptime());
    memcpy(body + 10, frame.data, sizeof frame.data);
    message_end(LQ_SIZE_WIEGAND);
    return true;
}

static bool tell_fault(void) {
    uint8_t code = faults_take();
    if (code == FAULTS_NONE) {
        return false;
    }
    uint8_t *body = message_begin(LQ_FAULT, ++seq);
    body[0] = code;
    body[1] = report_flags();
    put16(body + 2, faults_bits());
    message_end(LQ_SIZE_FAULT);
    return true;
}

static bool tell_boot(void) {
    if (seq) {
        return false;
    }
    session_boot(++seq);
    return true;
}

/* What is rare and matters most goes first; inputs take turns, so that none keeps the others out. */
static void tell_something(void) {
    bool done = tell_boot() || tell_fault();
    for (uint8_t reader = 0; !done && reader < HAL_READERS; reader++) {
        done = tell_reader(reader);
    }
    for (uint8_t tries = 0; !done && tries < LQ_EDGE_COUNTERS; tries++) {
        turn = (uint8_t)((turn + 1) % LQ_EDGE_COUNTERS);
        done = tell_input(turn);
    }
}

void events_step(void) {
    faults_step();
    if (hal_send_room() >= 2 * MESSAGE_WIRE_MAX) {
        tell_something();
    }
}
