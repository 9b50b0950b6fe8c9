"""Comparing the orders paid in an hour with what the payment provider charged.

The run for slot S compares the hour from S-1h to S. Which run compares what:

- Each charge: the run of the hour that it was made in.
- Each paid order: the run of the hour that it was paid in (`paid_at`).
- An order and its charge may fall on two sides of an hour's border. So charges are listed from an
  hour before the hour to five minutes after it (the provider's clock is not ours). Those of the
  hour before are compared once more; those after it count only for orders that are compared anyway.
- Older charges of these orders (a bank's transfer takes days) are known from the run of their own
  hour: each is kept as a Payment, and asked for again as long as something may become of it.
- Differences of the last seven days that are still open are compared again with every run, the
  newest 200 of them, so that a correction closes them. Older ones close when their charge or order
  comes up again, or by hand.

What stands on the border for a moment heals by itself: a charge whose order is marked as paid only
after the run is found as "not paid" by this run, and resolved by the next. An order that was paid
after the hour is never said to have no charge: its charge is not listed yet.

A charge that cannot be read (with a status that Stripe has invented since) counts as none and stops
no other, but the run fails and names it. Once it can be read, run the slot again.

Every answer about an order looks at all its known charges, and at nothing that an earlier try of
the same slot has left: a second run for one slot finds and writes the same.
"""
