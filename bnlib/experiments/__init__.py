"""One module a question: seeded, measured, no drawing."""
