/* SPDX-License-Identifier: AGPL-3.0-or-later
 * Loquet's firmware bridge. The hardware layer has opened all relays before main is reached. */
#include "app.h"

int main(void) {
    app_init();
    for (;;) {
        app_step();
    }
}
