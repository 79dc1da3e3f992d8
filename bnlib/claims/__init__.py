"""What is said about batch norm, and what the book's experiments say of it.

    for claim in all_claims():
        print(claim.number, claim.said, claim.stored().verdict)

Read in this order: claim (what a claim and a finding are), registry (where they are collected),
a chapter's module (its claims, and the rules by which numbers become a verdict), table (the
page of the book), __main__ (`make claims`: measure all of it again on fresh seeds).
"""

from bnlib.claims.claim import VERDICTS, Claim, Finding
from bnlib.claims.registry import all_claims

__all__ = ["VERDICTS", "Claim", "Finding", "all_claims"]
