/* SPDX-License-Identifier: AGPL-3.0-or-later
 *
 * The hardware layer of an Arduino Nano or Uno: ATmega328P at 16 MHz (data sheet: Microchip DS40002061B).
 *
 *   A0-A3  PC0-PC3  relays 0-3, high closes; each with a 10 k resistor to ground
 *   D2 D3  PD2 PD3  Wiegand reader 0: DATA0, DATA1
 *   D4 D5  PD4 PD5  Wiegand reader 1: DATA0, DATA1
 *   D6     PD6      E-stop: normally closed contact to ground
 *   D7     PD7      input 0, the sense input: auxiliary contact of the contactor, to ground
 *   D8-D12 PB0-PB4  inputs 1-5, contacts to ground
 *   A4 A5  PC4 PC5  Nano: inputs 6 and 7. Uno: analogue channels 0 and 1
 *   A6 A7           Nano: analogue channels 0 and 1
 *   D13    PB5      not used: boot loaders blink it. Relays keep off D11-D13 too: programmers drive them
 */
#include <avr/interrupt.h>
#include <avr/io.h>
#include <avr/sleep.h>
#include <avr/wdt.h>
#include <stddef.h>

#include "hal.h"
#include "protocol.h"

#ifdef LOQUET_BOARD_UNO
#define INPUT_MASK 0x3F
#define FIRST_ADC 4
#define PULLUPS_C 0
#else
#define INPUT_MASK 0xFF
#define FIRST_ADC 6
#define PULLUPS_C (_BV(PC4) | _BV(PC5))
#endif

#define INPUTS_B 0x1F
#define READERS_D (_BV(PD2) | _BV(PD3) | _BV(PD4) | _BV(PD5))
#define CONTACTS_D (_BV(PD6) | _BV(PD7))
#define PAINT 0xC5
#define RESET_BITS 0x0F /* MCUSR: PORF, EXTRF, BORF, WDRF, in the order of LQ_BOOT_* */
#define TICKS_PER_MS 4
#define EDGES_PER_TICK 12 /* two readers at their quickest make 8; more would keep the millisecond waiting */

extern uint8_t _end; /* by the linker: where the stack's room begins */

static uint8_t receive_ring[128];
static uint8_t send_ring[256];
static volatile uint8_t receive_head, receive_tail, send_head, send_tail;
static volatile bool receive_lost;
static volatile uint8_t edges_left = EDGES_PER_TICK;
static uint32_t entropy __attribute__((section(".noinit"))); /* what RAM held at power-on is its seed */

/* Before the C library clears a single byte: relays open, watchdog on, why we started is kept. */
__attribute__((naked, used, section(".init3"))) void hal_first(void);
void hal_first(void) {
    PORTC = PULLUPS_C;
    DDRC = HAL_RELAY_MASK;
    __asm__ volatile("out %0, r2" ::"I"(_SFR_IO_ADDR(GPIOR1))); /* where Optiboot leaves MCUSR */
    GPIOR0 = MCUSR;
    MCUSR = 0;
    wdt_enable(WDTO_250MS);
    PORTB = INPUTS_B;
    DDRB = _BV(PB5);
    PORTD = READERS_D | CONTACTS_D;
    for (uint8_t *byte = &_end; byte < (uint8_t *)(RAMEND - 15); byte++) {
        *byte = PAINT;
    }
}

static void stir(uint8_t channel_bits) {
    ADMUX = channel_bits;
    ADCSRA |= _BV(ADSC);
    loop_until_bit_is_clear(ADCSRA, ADSC);
    entropy = entropy * 1664525UL + 1013904223UL + ADC + TCNT1; /* Numerical Recipes, ranqd1 */
}

static void start_adc(void) {
    ADCSRA = _BV(ADEN) | _BV(ADPS2) | _BV(ADPS1) | _BV(ADPS0);
    for (uint8_t round = 0; round < 16; round++) {
        stir(_BV(REFS1) | _BV(REFS0) | _BV(MUX3)); /* the thermometer, against 1.1 V: its last bits are noise */
    }
    ADMUX = _BV(REFS0) | FIRST_ADC;
}

void hal_init(void) {
    TCCR1B = _BV(CS11); /* 2 MHz, free running: HAL_CLOCK_PER_US */
    start_adc();
    UCSR0A = _BV(U2X0);
    UCSR0C = _BV(UCSZ01) | _BV(UCSZ00);
    UBRR0 = 16; /* 117,647 baud with U2X: 2.1 % above, as on every Arduino. Last: simavr takes the rest from then */
    UCSR0B = _BV(RXEN0) | _BV(TXEN0) | _BV(RXCIE0);
    PCMSK2 = READERS_D;
    PCICR = _BV(PCIE2);
    OCR2A = 124; /* 16 MHz / 32 / 125 = 4 kHz */
    TCCR2A = _BV(WGM21);
    TCCR2B = _BV(CS21) | _BV(CS20);
    TIMSK2 = _BV(OCIE2A);
    sei();
}

uint8_t hal_input_mask(void) { return INPUT_MASK; }

uint8_t hal_boot_reason(void) {
    uint8_t seen = GPIOR0 & RESET_BITS;
    uint8_t told = GPIOR1; /* believed only if it can be a reset register */
    if (seen) {
        return seen;
    }
    return told && !(told & ~RESET_BITS) ? told : LQ_BOOT_UNKNOWN;
}

uint32_t hal_entropy(void) { return entropy; }
void hal_watchdog_kick(void) { wdt_reset(); }

/* sei lets one instruction pass before any interrupt (data sheet, 7.7): none slips in before the sleep. */
void hal_idle(void) {
    cli();
    if (receive_tail == receive_head) {
        sleep_enable();
        sei();
        sleep_cpu();
        sleep_disable();
    }
    sei();
}

uint16_t hal_free_ram(void) {
    const uint8_t *byte = &_end;
    while (*byte == PAINT) {
        byte++;
    }
    return (uint16_t)(byte - &_end);
}

uint8_t hal_lock(void) {
    uint8_t before = SREG;
    cli();
    return before;
}

void hal_unlock(uint8_t before) { SREG = before; }

void hal_relays_write(uint8_t closed) {
    PORTC = (uint8_t)((PORTC & ~HAL_RELAY_MASK) | (closed & HAL_RELAY_MASK));
    DDRC = HAL_RELAY_MASK;
}

uint8_t hal_relays_register(void) { return PORTC & DDRC & HAL_RELAY_MASK; }
uint8_t hal_relays_pins(void) { return PINC & HAL_RELAY_MASK; }

uint8_t hal_inputs(void) {
    uint8_t low = (uint8_t)(PIND >> 7 | (PINB & INPUTS_B) << 1);
    return (uint8_t)(low | (PINC & (_BV(PC4) | _BV(PC5))) << 2) & INPUT_MASK;
}

bool hal_estop_high(void) { return PIND & _BV(PD6); }

bool hal_receive(uint8_t *byte) {
    uint8_t tail = receive_tail;
    if (tail == receive_head) {
        return false;
    }
    *byte = receive_ring[tail];
    receive_tail = (uint8_t)((tail + 1) % sizeof receive_ring);
    return true;
}

bool hal_receive_lost(void) {
    bool lost = receive_lost;
    if (lost) {
        receive_lost = false;
    }
    return lost;
}

uint8_t hal_send_room(void) { return (uint8_t)(send_tail - send_head - 1); }

void hal_send(uint8_t byte) {
    send_ring[send_head] = byte;
    send_head++;
    UCSR0B |= _BV(UDRIE0);
}

uint8_t hal_store_read(uint16_t at) {
    EEAR = at;
    EECR |= _BV(EERE);
    return EEDR;
}

bool hal_store_busy(void) { return EECR & _BV(EEPE); }

void hal_store_write(uint16_t at, uint8_t byte) {
    EEAR = at;
    EEDR = byte;
    uint8_t before = hal_lock(); /* EEPE must follow EEMPE within four cycles */
    EECR |= _BV(EEMPE);
    EECR |= _BV(EEPE);
    hal_unlock(before);
}

ISR(USART_RX_vect) {
    uint8_t errors = UCSR0A & (_BV(FE0) | _BV(DOR0));
    uint8_t byte = UDR0;
    uint8_t next = (uint8_t)((receive_head + 1) % sizeof receive_ring);
    if (errors || next == receive_tail) {
        receive_lost = true;
    } else {
        receive_ring[receive_head] = byte;
        receive_head = next;
    }
}

ISR(USART_UDRE_vect) {
    uint8_t tail = send_tail;
    if (tail == send_head) {
        UCSR0B &= (uint8_t)~_BV(UDRIE0);
    } else {
        UDR0 = send_ring[tail];
        send_tail = (uint8_t)(tail + 1);
    }
}

static uint8_t reader_lines(void) { return PIND >> 2 & 0x0F; }

ISR(PCINT2_vect) {
    uint16_t clock = TCNT1;
    app_wiegand_edge(reader_lines(), clock);
    if (!--edges_left) {
        PCICR = 0;
    }
}

/* A storm on the readers' lines must not stop the relays' clock: past its share of a tick it is not listened to. */
static void listen_to_readers(void) {
    if (!edges_left) {
        app_wiegand_lost(reader_lines());
        PCIFR = _BV(PCIF2);
        PCICR = _BV(PCIE2);
    }
    edges_left = EDGES_PER_TICK;
}

/* Takes the sample that the tick before began, and begins the other channel's. */
static void sample(void) {
    uint8_t channel = ADMUX & 1; /* both first channels are even */
    uint16_t value = ADC;
    ADMUX ^= 1;
    ADCSRA |= _BV(ADSC);
    app_sample(channel, value);
}

/* Lets the others in while it works: Wiegand's pulses and the line's bytes can't wait for it. */
ISR(TIMER2_COMPA_vect) {
    static uint8_t ticks;
    TIMSK2 = 0;
    sei();
    sample();
    if (++ticks == TICKS_PER_MS) {
        ticks = 0;
        app_tick();
    }
    cli();
    listen_to_readers();
    TIMSK2 = _BV(OCIE2A);
}
