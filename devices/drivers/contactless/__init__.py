"""Contactless chips: MFRC522 and PN532, above ISO 14443."""
