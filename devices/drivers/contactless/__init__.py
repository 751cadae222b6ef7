"""Readers with a contactless chip, MFRC522 or PN532, and the layers of ISO/IEC 14443."""
