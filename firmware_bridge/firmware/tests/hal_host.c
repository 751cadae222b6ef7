/* SPDX-License-Identifier: AGPL-3.0-or-later
 * See hal_host.h. */
#include "hal_host.h"

#include <string.h>

#include "app.h"
#include "protocol.h"

struct host host;

void host_reset(void) {
    memset(&host, 0, sizeof host);
    memset(host.store, 0xFF, sizeof host.store);
    host.store_writes_left = 1000000000;
    host.inputs = 0xFF;
    host.boot_reason = LQ_BOOT_POWER_ON;
}

void host_ms(uint32_t milliseconds) {
    while (milliseconds--) {
        app_tick();
        app_step();
    }
}

void host_start(void) {
    host.relays = 0;
    app_init();
    host_ms(5);
}

void host_send(const uint8_t *bytes, uint32_t size) {
    for (uint32_t at = 0; at < size; at++) {
        host.receive_at = 0;
        host.receive_size = 1;
        host.receive[0] = bytes[at];
        app_step();
    }
}

uint8_t hal_input_mask(void) { return 0xFF; }
void hal_init(void) {}
uint8_t hal_boot_reason(void) { return host.boot_reason; }
uint32_t hal_entropy(void) { return 0; }
void hal_watchdog_kick(void) { host.kicks++; }
void hal_idle(void) {}
uint16_t hal_free_ram(void) { return 1000; }
uint8_t hal_lock(void) { return 0; }
void hal_unlock(uint8_t before) { (void)before; }
void hal_relays_write(uint8_t closed) { host.relays = closed; }
uint8_t hal_relays_register(void) { return host.relays; }
uint8_t hal_relays_pins(void) { return host.relays & (uint8_t)~host.shorted; }
uint8_t hal_inputs(void) { return host.inputs; }
bool hal_estop_high(void) { return host.estop_high; }

bool hal_receive(uint8_t *byte) {
    if (host.receive_at == host.receive_size) {
        return false;
    }
    *byte = host.receive[host.receive_at++];
    return true;
}

bool hal_receive_lost(void) {
    bool lost = host.receive_lost;
    host.receive_lost = false;
    return lost;
}

uint8_t hal_send_room(void) { return 255; }

void hal_send(uint8_t byte) { host.sent[host.sent_size++ % sizeof host.sent] = byte; }
uint8_t hal_store_read(uint16_t at) { return host.store[at]; }
bool hal_store_busy(void) { return false; }

void hal_store_write(uint16_t at, uint8_t byte) {
    if (host.store_writes_left > 0) {
        host.store_writes_left--;
        host.store[at] = byte;
    }
}
