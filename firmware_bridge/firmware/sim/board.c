/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The simulated chip. What libsimavr 1.6 leaves open is closed here: a reset clears output registers without
 * telling anybody, forgets what drives the inputs and clears RAM; writing a port sets its pull-ups over them.
 */
#include <simavr/avr_adc.h>
#include <simavr/avr_eeprom.h>
#include <simavr/avr_ioport.h>
#include <simavr/avr_uart.h>
#include <simavr/sim_avr.h>
#include <simavr/sim_elf.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

#include "bench.h"

#define RUN_LIMIT 16 /* cycles between looks at the world: 1 us */
#define MCUSR 0x54
#define WDRF 0x08
#define REG_PIN(port) (0x23 + 3 * ((port) - 'B'))
#define RJMP_SELF 0xCFFF
#define CHANNELS 8

static avr_t *avr;
static uint64_t before_reset; /* cycles that ran before the last reset, if it set the counter back */
static uint64_t last_cycle;
static bool held;
static uint8_t held_cause;
static uint8_t shown[3]; /* outputs of ports B, C, D as last told */
static struct { uint8_t mask, value; } driven[3];
static struct { double offset, amplitude, hertz; } analogue[CHANNELS];

uint64_t board_now(void) { return avr ? before_reset + avr->cycle : 0; }

static avr_irq_t *uart(int irq) { return avr_io_getirq(avr, AVR_IOCTL_UART_GETIRQ('0'), irq); }
static avr_irq_t *port_irq(char port, int pin) {
    return avr_io_getirq(avr, AVR_IOCTL_IOPORT_GETIRQ(port), pin);
}

static uint8_t outputs(char port) {
    return held ? 0 : avr->data[REG_PIN(port) + 1] & avr->data[REG_PIN(port) + 2];
}

/* Tells each output pin that has changed: high only if it is an output and its register says so. */
static void watch(void) {
    for (char port = 'B'; port <= 'D'; port++) {
        uint8_t now = outputs(port);
        uint8_t changed = now ^ shown[port - 'B'];
        shown[port - 'B'] = now;
        for (int pin = 0; changed; pin++, changed >>= 1) {
            if (changed & 1) {
                say("\"pin\":\"%c%d\",\"level\":%d", port, pin, now >> pin & 1);
            }
        }
    }
}

uint8_t board_relays(void) { return outputs('C') & 0x0F; }

static void on_pin(struct avr_irq_t *irq, uint32_t value, void *param) {
    (void)irq, (void)value, (void)param;
    watch();
}

static void on_sent(struct avr_irq_t *irq, uint32_t value, void *param) {
    (void)irq, (void)param;
    line_sent((uint8_t)value);
}

static void on_conversion(struct avr_irq_t *irq, uint32_t value, void *param) {
    (void)irq, (void)param;
    avr_adc_mux_t mux;
    memcpy(&mux, &value, sizeof value < sizeof mux ? sizeof value : sizeof mux);
    if (mux.kind == ADC_MUX_SINGLE && mux.src < CHANNELS) {
        double angle = 2 * M_PI * analogue[mux.src].hertz * (double)board_now() / (1e6 * CYCLES_PER_US);
        double level = analogue[mux.src].offset + analogue[mux.src].amplitude * sin(angle);
        uint32_t millivolts = level < 0 ? 0 : (uint32_t)lround(level);
        avr_raise_irq(avr_io_getirq(avr, AVR_IOCTL_ADC_GETIRQ, ADC_IRQ_ADC0 + (int)mux.src), millivolts);
    } else if (mux.kind == ADC_MUX_TEMP) { /* its last bits are noise, as on a real one */
        avr_raise_irq(avr_io_getirq(avr, AVR_IOCTL_ADC_GETIRQ, ADC_IRQ_TEMP), 350 + (uint32_t)rand() % 4);
    }
}

static void apply(char port) {
    avr_ioport_external_t external = {
        .name = port, .mask = driven[port - 'B'].mask, .value = driven[port - 'B'].value};
    avr_ioctl(avr, AVR_IOCTL_IOPORT_SET_EXTERNAL(port), &external);
    for (int pin = 0; pin < 8; pin++) {
        if (external.mask >> pin & 1) {
            avr_raise_irq(port_irq(port, pin), external.value >> pin & 1);
        }
    }
}

void board_drive(char port, int pin, int level) {
    uint8_t bit = (uint8_t)(1 << pin);
    driven[port - 'B'].mask |= bit;
    driven[port - 'B'].value = (uint8_t)((driven[port - 'B'].value & ~bit) | (level ? bit : 0));
    if (!held) {
        apply(port);
    }
}

void board_analogue(int channel, double offset_mv, double amplitude_mv, double hertz) {
    analogue[channel].offset = offset_mv;
    analogue[channel].amplitude = amplitude_mv;
    analogue[channel].hertz = hertz;
}

/* Levels that have not changed raise nothing in libsimavr, so the registers that a reset has cleared are set here. */
static void after_reset(void) {
    watch();
    for (char port = 'B'; port <= 'D'; port++) {
        avr->data[REG_PIN(port)] = driven[port - 'B'].value;
        apply(port);
    }
}

static void restart(uint8_t cause) {
    uint64_t now = board_now();
    avr_reset(avr);
    before_reset = now - avr->cycle;
    last_cycle = avr->cycle;
    avr->data[MCUSR] = cause;
    after_reset();
}

void board_hold(uint8_t cause) {
    held = true;
    held_cause = cause;
    restart(0);
    watch();
    say("\"cpu\":\"held\"");
}

void board_release(void) {
    held = false;
    restart(held_cause);
    say("\"cpu\":\"reset\",\"cause\":%d", held_cause);
}

void board_forget(void) {
    for (uint32_t at = 0x100; at <= avr->ramend; at++) {
        avr->data[at] = (uint8_t)rand(); /* NOLINT: what RAM holds at power-on */
    }
}

bool board_flip(unsigned at, unsigned bit) {
    if (at < 0x100 || at > avr->ramend || bit > 7) {
        return false;
    }
    avr->data[at] ^= (uint8_t)(1U << bit);
    return true;
}

void board_hang(bool interrupts) {
    for (uint32_t pc = 0; pc < avr->codeend; pc += 2) {
        if ((avr->flash[pc] | avr->flash[pc + 1] << 8) == RJMP_SELF) {
            avr->pc = pc;
            avr->sreg[S_I] = interrupts;
            avr->state = cpu_Running;
            say("\"cpu\":\"hung\"");
            return;
        }
    }
    say("\"error\":\"no endless loop in this elf\"");
}

void board_eeprom(uint16_t at, uint8_t *bytes, size_t size) {
    avr_eeprom_desc_t part = {.ee = bytes, .offset = at, .size = (uint32_t)size};
    avr_ioctl(avr, AVR_IOCTL_EEPROM_SET, &part); /* what it returns says nothing */
}

void board_dump_eeprom(void) {
    static uint8_t bytes[1024];
    static char hex[2 * sizeof bytes + 1];
    avr_eeprom_desc_t all = {.ee = bytes, .offset = 0, .size = sizeof bytes};
    avr_ioctl(avr, AVR_IOCTL_EEPROM_GET, &all);
    for (size_t at = 0; at < sizeof bytes; at++) {
        sprintf(hex + 2 * at, "%02x", bytes[at]);
    }
    say("\"eeprom\":\"%s\"", hex);
}

void board_receive(uint8_t byte) {
    if (!held) {
        avr_raise_irq(uart(UART_IRQ_INPUT), byte);
    }
}

static void no_sleep(avr_t *sleeper, avr_cycle_count_t cycles) { (void)sleeper, (void)cycles; }
static void no_log(avr_t *who, const int level, const char *format, va_list arguments) {
    (void)who, (void)level, (void)format, (void)arguments;
}
static avr_cycle_count_t wake(avr_t *sleeper, avr_cycle_count_t when, void *param) {
    (void)sleeper, (void)when, (void)param;
    return 0;
}

static void listen(void) {
    uint32_t flags = 0;
    avr_ioctl(avr, AVR_IOCTL_UART_GET_FLAGS('0'), &flags);
    flags &= ~(uint32_t)(AVR_UART_FLAG_STDIO | AVR_UART_FLAG_POLL_SLEEP);
    avr_ioctl(avr, AVR_IOCTL_UART_SET_FLAGS('0'), &flags);
    avr_irq_register_notify(uart(UART_IRQ_OUTPUT), on_sent, NULL);
    avr_irq_register_notify(
        avr_io_getirq(avr, AVR_IOCTL_ADC_GETIRQ, ADC_IRQ_OUT_TRIGGER), on_conversion, NULL);
    for (char port = 'B'; port <= 'D'; port++) {
        for (int pin = 0; pin < 8; pin++) {
            avr_irq_register_notify(port_irq(port, pin), on_pin, NULL);
        }
    }
}

bool board_load(const char *elf) {
    elf_firmware_t firmware = {0};
    unsigned seed = 0;
    if (getrandom(&seed, sizeof seed, 0) != sizeof seed) {
        return false;
    }
    srand(seed);
    avr_global_logger_set(no_log);
    if (elf_read_firmware(elf, &firmware) || !(avr = avr_make_mcu_by_name("atmega328p"))) {
        return false;
    }
    avr_init(avr);
    firmware.frequency = 1000000 * CYCLES_PER_US;
    firmware.vcc = firmware.avcc = firmware.aref = 5000;
    avr_load_firmware(avr, &firmware);
    avr->sleep = no_sleep;
    avr->run_cycle_limit = RUN_LIMIT;
    listen();
    held = true; /* until its power comes on */
    held_cause = 1;
    return true;
}

/* A watchdog's reset happens inside avr_run: the counter stays, RAM and what drives the pins are lost. */
static void see_reset(void) {
    if (avr->data[MCUSR] & WDRF && avr->pc == 0) {
        say("\"cpu\":\"reset\",\"cause\":%d", avr->data[MCUSR]);
        after_reset();
    }
}

static uint64_t earlier(uint64_t a, uint64_t b) { return a < b ? a : b; }

bool board_run(uint64_t until) {
    while (board_now() < until) {
        schedule_step();
        line_step();
        uint64_t due = earlier(until, earlier(schedule_due(), line_due()));
        if (held) {
            avr->cycle += due - board_now();
            continue;
        }
        avr_cycle_timer_register(avr, due > board_now() ? due - board_now() : 1, wake, NULL);
        int state = avr_run(avr);
        if (state == cpu_Crashed || state == cpu_Done) {
            say("\"cpu\":\"crashed\"");
            return false;
        }
        see_reset();
        watch();
    }
    return true;
}
