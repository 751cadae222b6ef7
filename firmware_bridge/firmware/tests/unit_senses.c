/* SPDX-License-Identifier: AGPL-3.0-or-later
 * Inputs and analogue channels. */
#include <math.h>

#include "frames.h"
#include "inputs.h"
#include "rms.h"
#include "unit.h"

static void bounce_is_one_change(void) {
    host_reset();
    host_start();
    for (int bounce = 0; bounce < 10; bounce++) {
        host.inputs = 0xFE;
        host_ms(4);
        host.inputs = 0xFF;
        host_ms(1);
    }
    CHECK(inputs_levels() == 0xFF);
    host.inputs = 0xFE;
    host.sent_size = 0;
    host_ms(6);
    const uint8_t *body = sent_frame(LQ_INPUT)->bytes + LQ_HEADER_SIZE;
    CHECK(body[0] == 0 && body[1] == 0 && get16(body + 2) == 1);
}

static void each_change_counts(void) {
    uint16_t edges;
    host_reset();
    host_start();
    for (unsigned change = 1; change <= 1000; change++) {
        host.inputs ^= 0x80;
        host_ms(5);
        CHECK(inputs_read(7, &edges) == (host.inputs >> 7) && edges == change);
    }
    CHECK(inputs_read(6, &edges) == 1 && edges == 0);
}

static struct rms_result window(double middle, double amplitude, double hertz, double phase) {
    for (int at = 0; at < RMS_SAMPLES; at++) {
        double value = middle + amplitude * sin(2 * M_PI * hertz * at / 2000 + phase);
        app_sample(0, (uint16_t)fmin(1023, fmax(0, lround(value))));
        app_sample(1, 0);
    }
    rms_step();
    return rms_read(0);
}

static void rms_is_that_of_a_sine_at_any_phase(void) {
    for (double phase = 0; phase < 6; phase += 0.7) {
        for (double hertz = 50; hertz <= 60; hertz += 10) {
            double rms = window(512, 300, hertz, phase).rms / 16.0;
            CHECK(fabs(rms - 300 / sqrt(2)) < 0.3);
        }
    }
    CHECK(window(700, 0, 50, 0).rms == 0);
    CHECK(window(700, 0, 50, 0).mean == 700 * 16);
    CHECK(window(512, 600, 50, 0).peak == 512);
    CHECK(rms_read(1).rms == 0 && rms_read(1).mean == 0);
}

void test_senses(void) {
    bounce_is_one_change();
    each_change_counts();
    rms_is_that_of_a_sine_at_any_phase();
}
