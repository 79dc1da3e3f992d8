"""`python -m bnlib.experiments`: run the stored experiments again, or some by name."""

import sys

from bnlib.experiments.run_stored import main

if __name__ == "__main__":
    sys.exit(main())
