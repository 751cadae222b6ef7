/* SPDX-License-Identifier: AGPL-3.0-or-later
 * The hardware layer on a computer, for tests of the logic: what is wired is in these variables. */
#ifndef LOQUET_HAL_HOST_H
#define LOQUET_HAL_HOST_H

#include "hal.h"

struct host {
    uint8_t relays;     /* the output register */
    uint8_t shorted;    /* bit k: relay k's pin does not follow */
    uint8_t inputs;
    bool estop_high;
    bool receive_lost;
    uint8_t boot_reason;
    uint8_t store[HAL_STORE_SIZE];
    long store_writes_left; /* power goes away when none is left: later writes are lost */
    uint8_t sent[65536];
    uint32_t sent_size;
    uint8_t receive[1024];
    uint32_t receive_size, receive_at;
    uint32_t kicks;
};

extern struct host host;

void host_reset(void);         /* all of it as new: blank store, E-stop released, contacts open */
void host_start(void);         /* app_init, and until E-stop is settled */
void host_ms(uint32_t milliseconds);
void host_send(const uint8_t *bytes, uint32_t size); /* to the firmware, which handles them */

#endif
