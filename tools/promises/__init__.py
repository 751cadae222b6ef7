"""The promises of security and of behaviour under faults: their rows, their page, their proof."""
