/* SPDX-License-Identifier: AGPL-3.0-or-later
 * CHECK, and the groups of unit tests. */
#ifndef LOQUET_UNIT_H
#define LOQUET_UNIT_H

#include <stdio.h>
#include <stdlib.h>

#define CHECK(condition)                                                            \
    do {                                                                            \
        if (!(condition)) {                                                         \
            fprintf(stderr, "%s:%d: %s\n", __FILE__, __LINE__, #condition);         \
            exit(1);                                                                \
        }                                                                           \
    } while (0)

void test_framing(void);
void test_ring(void);
void test_power(void);
void test_estop(void);
void test_session(void);
void test_senses(void);
void test_wiegand(void);

#endif
