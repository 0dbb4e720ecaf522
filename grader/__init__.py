"""Who runs it: intake, sandboxes, the wire and both its ends, the judge, the batch and the store."""
