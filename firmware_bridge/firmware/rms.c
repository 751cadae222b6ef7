/* SPDX-License-Identifier: AGPL-3.0-or-later
 * See rms.h. */
#include "rms.h"

#include <stdbool.h>

#include "hal.h"

#define MIDDLE 512
#define PARTS 16 /* of an ADC step */

struct sums {
    uint32_t sum;     /* at most 400 * 1023 */
    uint32_t squares; /* at most 400 * 1023 * 1023 = 419 million */
    uint16_t peak;
    uint16_t count;
};

static struct sums running[HAL_ADCS];
static struct sums finished[HAL_ADCS];
static volatile bool fresh[HAL_ADCS];
static struct rms_result results[HAL_ADCS];
static uint16_t windows;

void rms_sample(uint8_t channel, uint16_t value) {
    struct sums *sums = &running[channel];
    uint16_t away = value > MIDDLE ? (uint16_t)(value - MIDDLE) : (uint16_t)(MIDDLE - value);
    sums->sum += value;
    sums->squares += (uint32_t)value * value;
    if (away > sums->peak) {
        sums->peak = away;
    }
    if (++sums->count == RMS_SAMPLES) {
        finished[channel] = *sums;
        fresh[channel] = true;
        *sums = (struct sums){0};
    }
}

static uint32_t square_root(uint64_t value) {
    uint64_t root = 0;
    for (uint64_t bit = 1ULL << 46; bit; bit >>= 2) {
        if (value >= root + bit) {
            value -= root + bit;
            root = (root >> 1) + bit;
        } else {
            root >>= 1;
        }
    }
    return (uint32_t)root;
}

/* n^2 * variance = n * sum of squares - square of sum: whole numbers, nothing lost. */
static struct rms_result work_out(const struct sums *sums) {
    uint64_t spread = (uint64_t)RMS_SAMPLES * sums->squares - (uint64_t)sums->sum * sums->sum;
    return (struct rms_result){
        .rms = (uint16_t)(square_root(spread * PARTS * PARTS) / RMS_SAMPLES),
        .mean = (uint16_t)(sums->sum * PARTS / RMS_SAMPLES),
        .peak = sums->peak,
    };
}

void rms_step(void) {
    for (uint8_t channel = 0; channel < HAL_ADCS; channel++) {
        uint8_t before = hal_lock();
        bool ready = fresh[channel];
        struct sums sums = finished[channel];
        fresh[channel] = false;
        hal_unlock(before);
        if (ready) {
            results[channel] = work_out(&sums);
            windows = (uint16_t)(windows + (channel == HAL_ADCS - 1));
        }
    }
}

struct rms_result rms_read(uint8_t channel) { return results[channel]; }
uint16_t rms_windows(void) { return windows; }
