/* SPDX-License-Identifier: AGPL-3.0-or-later
 * The parts put together: start, one round of the main loop, one millisecond. */
#ifndef LOQUET_APP_H
#define LOQUET_APP_H

#include <stdint.h>

void app_init(void);
void app_step(void);
uint32_t app_uptime(void); /* milliseconds since reset */

#endif
