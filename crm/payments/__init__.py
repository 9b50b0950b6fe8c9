"""Comparing the orders that were paid in an hour with the charges of the payment provider.

The run for slot S compares the hour from S-1h to S. This decides which run compares what:

- Each charge: the run of the hour that it was made in.
- Each paid order: the run of the hour that it was paid in (`paid_at`).
- An order and its charge may lie in two different hours. So charges are listed from an hour before
  the hour to five minutes after it (the provider's clock is not ours). Those of the hour before are
  compared once more; those after it count only for orders that are compared anyway.
- Older charges of these orders (a bank's transfer takes days) are known from the run of their own
  hour: each is stored as a Payment, and asked for again as long as it can still change.
- Differences of the last seven days that are still open are compared again with every run, the
  newest 200 of them, so that a correction closes them. Older ones close when their charge or order
  comes up again, or by hand.

A difference at the end of an hour may resolve itself: if an order is marked as paid only after the
run, this run finds its charge as "not paid", and the next run resolves that. An order that was paid
after the hour is never reported as without a charge: its charge is not listed yet.

A charge that cannot be read (for example, with a status that Stripe has added since) is left out. The
others are compared, but the run fails and names it. Once it can be read, run the slot again.

An order is compared with all its known charges, and not with anything that an earlier try of the
same slot has stored: a second run for one slot finds and writes the same.
"""
