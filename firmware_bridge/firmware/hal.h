/* SPDX-License-Identifier: AGPL-3.0-or-later
 *
 * The hardware layer: all that the logic asks of a chip, and what the chip calls back.
 *
 * A port to another chip is one file that offers these functions, opens all relays before anything
 * else at reset, and calls the app_* functions below. Nothing else in this folder knows a register.
 */
#ifndef LOQUET_HAL_H
#define LOQUET_HAL_H

#include <stdbool.h>
#include <stdint.h>

#define HAL_RELAYS 4
#define HAL_RELAY_MASK 0x0F
#define HAL_INPUTS 8
#define HAL_ADCS 2
#define HAL_READERS 2
#define HAL_STORE_SIZE 1024
#define HAL_CLOCK_PER_US 2 /* ticks of the time that app_wiegand_edge is told */

/* Which inputs this board brings out, as bits; which of them is the sense input. */
uint8_t hal_input_mask(void);
#define HAL_SENSE_INPUT 0

/* Starts timers, serial line and watchdog. Interrupts run from here on. Relays are open already. */
void hal_init(void);
uint8_t hal_boot_reason(void); /* LQ_BOOT_* */
uint32_t hal_entropy(void);    /* as random as the chip can be; call once, after hal_init */
void hal_watchdog_kick(void);
void hal_idle(void);         /* rests until the next interrupt, unless a byte has come meanwhile */
uint16_t hal_free_ram(void); /* bytes that the stack has never reached */

/* Keeps interrupts away from what they share with the main loop. Wiegand pulses of 20 us are timed by interrupts:
 * hold it for 100 cycles or so, no more. */
uint8_t hal_lock(void);
void hal_unlock(uint8_t before);

/* Bit k is relay k. The register is what we drive, the pins are what is there. */
void hal_relays_write(uint8_t closed);
uint8_t hal_relays_register(void);
uint8_t hal_relays_pins(void);

uint8_t hal_inputs(void); /* bit k: input k is high now */
bool hal_estop_high(void);

/* The serial line. hal_receive gives one byte; hal_receive_lost tells once that bytes were lost or broken. */
bool hal_receive(uint8_t *byte);
bool hal_receive_lost(void);
uint8_t hal_send_room(void);
void hal_send(uint8_t byte); /* only where there is room */

/* Memory that outlives power. A write takes milliseconds: hal_store_busy until done. */
uint8_t hal_store_read(uint16_t at);
bool hal_store_busy(void);
void hal_store_write(uint16_t at, uint8_t byte);

/* Called by the hardware layer, from interrupts. */
void app_tick(void);                                  /* each millisecond, with interrupts allowed */
void app_sample(uint8_t channel, uint16_t value);     /* 2,000 a second for each channel, 10 bits */
void app_wiegand_edge(uint8_t lines, uint16_t clock); /* bit 2r: DATA0 of reader r is high, 2r + 1: DATA1 */
void app_wiegand_lost(uint8_t lines);                 /* edges came too fast to be told; as the lines are now */

#endif
