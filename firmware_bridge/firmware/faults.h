/* SPDX-License-Identifier: AGPL-3.0-or-later
 * Fault bits (LQ_FAULT_*), and which of them the host has not been told yet. Main loop only. */
#ifndef LOQUET_FAULTS_H
#define LOQUET_FAULTS_H

#include <stdint.h>

#define FAULTS_NONE 0xFF

void faults_init(uint8_t boot_reason);
void faults_step(void);           /* gathers what the other parts have found */
void faults_raise(uint8_t code);  /* told again even if it stands already */
void faults_clear(uint16_t bits); /* LQ_FAULT_ESTOP stands as long as the latch does */
uint16_t faults_bits(void);
uint8_t faults_take(void); /* the code of one that is to be told, or FAULTS_NONE */
void faults_lost_events(uint8_t events);
uint16_t faults_events_lost(void);
void count_up(uint16_t *counter); /* stays at 65535 */

#endif
