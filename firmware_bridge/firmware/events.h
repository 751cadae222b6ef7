/* SPDX-License-Identifier: AGPL-3.0-or-later
 * What the host is told without asking: BOOT, INPUT, WIEGAND, FAULT. Main loop only. */
#ifndef LOQUET_EVENTS_H
#define LOQUET_EVENTS_H

void events_init(void);
void events_step(void); /* sends at most one event, and only where an answer would still find room */

#endif
