"""`make chaos`: two hosts, two workers, a broker and a database, killed in turn while triggers keep coming.

`checker` then holds what the commands wrote into a ledger against what the record says.
"""
