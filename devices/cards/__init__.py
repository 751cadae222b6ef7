"""Cards that prove themselves: NTAG 424 DNA and DESFire EV2/EV3, on top of ISO/IEC 14443-4."""
