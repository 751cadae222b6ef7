/* SPDX-License-Identifier: AGPL-3.0-or-later
 * Unit tests of the firmware's logic, on the computer that builds it, under sanitizers. */
#include "unit.h"

int main(void) {
    test_framing();
    test_ring();
    test_power();
    test_estop();
    test_session();
    test_senses();
    test_wiegand();
    puts("firmware unit tests: all passed");
    return 0;
}
