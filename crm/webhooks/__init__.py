"""Telling other systems of events: written to an outbox first, sent by deliver_webhooks."""
