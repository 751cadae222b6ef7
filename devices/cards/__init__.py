"""Cards that prove what they are: NTAG 424 DNA and DESFire EV2/EV3, above ISO/IEC 14443-4."""
