/* SPDX-License-Identifier: AGPL-3.0-or-later
 * What the host is told of the present state: the bodies of HELLO_REPLY, STATUS and REPORT. */
#ifndef LOQUET_REPORT_H
#define LOQUET_REPORT_H

#include <stdint.h>

/* Counts that the session keeps. */
struct report_counts {
    uint32_t last_seq;
    uint16_t bad_frames;
    uint16_t refused;
};

uint8_t report_flags(void); /* LQ_FLAG_* */
void report_hello(uint8_t *body, const struct report_counts *counts);
void report_status(uint8_t *body);
void report_all(uint8_t *body, const struct report_counts *counts);

#endif
