"""Finds and masks personal data in text: card numbers, phone numbers and e-mail addresses, written or spoken."""
